// The status of one box, as its agent tells it over HTTP, in the words that boxes use over MQTT. Pure.
import { Box } from './box.js';
import * as wire from './wire.js';

const list = (value) => Array.isArray(value) ? value : [];

function tunnel(told) {
  return {
    name: told.name,
    state: told.state,
    reason: told.reason?.code,
    sentence: told.reason?.sentence,
    since: told.since,
    inBits: told.rates?.inBits,
    outBits: told.rates?.outBits,
    lossIn: told.quality?.lossIn,
    rttMillis: told.quality?.probe?.latencyMillis ?? told.rttMillis,
  };
}

const bgp = (told) => ({ session: told.tunnel, state: told.state, received: told.received, advertised: told.advertised });

/** Of each tunnel and of the box the first that asks for something to be done, as over MQTT. */
function findings(verdicts) {
  const seen = new Set();
  return list(verdicts).filter((told) => {
    if (told?.severity === 'note' || seen.has(told?.about)) return false;
    seen.add(told?.about);
    return true;
  });
}

export class Own {
  constructor() {
    this.box = null;
    this.started = '';
    this.copies = 0;
  }

  /** @returns the box; an agent that was started anew is another one */
  take(status, now) {
    const session = 1;
    if (this.box === null || this.started !== status.since) {
      this.box = new Box(String(status.site), String(status.device));
      this.started = status.since;
      this.copies = 0;
    }
    const { box } = this;
    const state = wire.state({ state: 'ready', session, version: status.version, since: status.since });
    if (state !== null) box.takeState(state, now);
    const tunnels = list(status.connections).flatMap((connection) => list(connection?.tunnels)).map(tunnel);
    const health = wire.health({ session, seq: ++this.copies, time: status.time, tunnels, bgp: list(status.bgp).map(bgp), findings: findings(status.verdicts), drops: status.drops });
    if (health !== null) box.takeHealth(health, now);
    const offloads = list(status.offloads).filter((offload) => offload?.on === true).map((offload) => offload.name);
    const about = wire.about({ session, version: status.version, fips: status.fips?.on === true, cryptoBackend: status.cryptoBackend, offloads, warnings: status.warnings });
    if (about !== null) box.takeAbout(about);
    box.events = list(status.events).map((told) => wire.event(told)).filter((told) => told !== null).reverse().slice(0, 60);
    return box;
  }
}
