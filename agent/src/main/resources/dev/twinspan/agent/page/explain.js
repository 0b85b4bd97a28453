// Why a box is as it is, in sentences, the gravest first. Pure.
import { LOSSY, carries } from './severity.js';
import { clock, lasting, many, percent, plain } from './words.js';

/** A report may be late; three in a row are not. */
const LATE_REPORTS = 3;
const LATEST_MILLIS = 60000;

function presence(box, now) {
  const at = Number.isFinite(box.changed) ? ` (seen at ${clock(box.changed, now)})` : '';
  if (box.presence === 'lost') {
    return [`The broker lost it without a word${at}: its power, its uplink or its agent is gone.`];
  }
  if (box.presence === 'disconnected') {
    return [`It said goodbye${at}: its agent was stopped on purpose.`];
  }
  if (box.health === null) return ['It is connected; its first health report is awaited.'];
  return [];
}

function tunnels(health) {
  const told = [];
  const dead = health.tunnels.filter((tunnel) => !carries(tunnel));
  if (dead.length > 0 && dead.length === health.tunnels.length) {
    told.push(dead.length === 1 ? 'Its only tunnel does not carry.' : `None of its ${dead.length} tunnels carries.`);
  }
  // The doctor says why, and more.
  const unexplained = (tunnel) => !health.findings.some((finding) => finding.about === tunnel.name);
  for (const tunnel of dead.filter(unexplained)) told.push(`${tunnel.name} is ${tunnel.state}: ${tunnel.sentence}`);
  for (const tunnel of health.tunnels.filter(unexplained)) {
    if (!carries(tunnel)) continue;
    if (tunnel.state !== 'up') told.push(`${tunnel.name} is ${tunnel.state}: ${tunnel.sentence}`);
    if (tunnel.lossIn > LOSSY) told.push(`${tunnel.name} loses ${percent(tunnel.lossIn)} of what the gateway sends.`);
  }
  return told;
}

/** In a sentence: `psk-mismatch: hub-weu/in1: the pre-shared keys differ …`, as `twinspan doctor` puts it. */
export const inWords = (finding) => `${finding.cause}: ${finding.about === '' ? '' : `${finding.about}: `}${finding.sentence}`;

function sessions(health) {
  return health.bgp
    .filter((session) => session.state !== 'established')
    .map((session) => `BGP by ${session.session} is not established but ${plain(session.state)}: no routes come or go by it.`);
}

function configuration(box) {
  const told = box.reported;
  if (told === null) return [];
  if (told.result === 'refused' || told.result === 'rolled_back') {
    return [`Configuration ${told.version} was ${plain(told.result)}: ${told.sentence}`];
  }
  return told.result === 'trial' ? [`Configuration ${told.version} is on trial.`] : [];
}

function reports(box, now) {
  const late = Math.max(LATEST_MILLIS, LATE_REPORTS * (box.interval || 0));
  if (box.health !== null && box.silence(now) > late) {
    return [`No health report for ${lasting(box.silence(now))}, though the broker still has its connection.`];
  }
  return box.missed > 0 ? [`${many(box.missed, 'health report')} of this session did not arrive here.`] : [];
}

export function explain(box, now) {
  const there = box.presence === 'init' || box.presence === 'ready';
  const inside = there && box.health !== null ? [...box.health.findings.map(inWords), ...tunnels(box.health), ...sessions(box.health)] : [];
  return [...presence(box, now), ...inside, ...configuration(box), ...(there ? reports(box, now) : [])];
}
