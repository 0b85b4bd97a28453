// A box's own page: asks its agent once a second, and shows.
import { draw, shape } from './shapes.js';
import { mark, say } from './dom.js';
import { fillEvents } from './events.js';
import { explain } from './explain.js';
import { fillFacts, fillRemedies, fillSentences } from './facts.js';
import { Own } from './own-status.js';
import { Tunnels } from './tunnels.js';
import { clock, count, many, plain } from './words.js';

const PERIOD_MILLIS = 1000;
const TIMEOUT_MILLIS = 5000;

const find = (id) => document.getElementById(id);

const own = new Own();
const tunnels = new Tunnels();
const sign = shape('unknown');
find('tunnels').append(tunnels.element);
find('sign').append(sign);

function show(box, now) {
  mark(find('box'), 'data-severity', box.severity);
  draw(sign, box.severity);
  say(find('device'), box.device);
  document.title = `${box.device}: ${box.severity}`;
  say(find('word'), box.severity);
  say(find('where'), `${box.site ? `${box.site} · ` : ''}Twinspan ${box.version} · up since ${clock(box.since, now)}`);
  const sentences = explain(box, now);
  fillSentences(find('sentences'), sentences.length > 0 ? sentences : ['All its tunnels carry.']);
  const health = box.health ?? { tunnels: [], bgp: [], findings: [], drops: [] };
  fillRemedies(find('advised'), find('remedies'), health.findings);
  tunnels.fill(health.tunnels, box.tunnels, now);
  find('bgp-part').hidden = health.bgp.length === 0;
  fillFacts(find('bgp'), health.bgp.map((one) => [one.session, `${plain(one.state)} · ${many(one.received, 'prefix', 'prefixes')} in, ${count(one.advertised)} out`]));
  const { crypto, offloads, fips, warnings } = box.about;
  fillFacts(find('facts'), [
    ['ESP', `${crypto.version.startsWith(crypto.name) ? '' : `${crypto.name} `}${crypto.version}: ${crypto.reason}`],
    ['Offloads', offloads.join(', ') || 'none'],
    ['FIPS', fips ? 'on' : 'off'],
    ...health.drops.map(([reason, number]) => [`Dropped: ${plain(reason)}`, count(number)]),
  ]);
  find('warned').hidden = warnings.length === 0;
  fillSentences(find('warnings'), warnings);
  fillEvents(find('events'), box.events, now);
}

async function look() {
  try {
    const answer = await fetch('status.json', { signal: AbortSignal.timeout(TIMEOUT_MILLIS) });
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    const now = Date.now();
    show(own.take(await answer.json(), now), now);
    say(find('live'), `as of ${clock(now)}`);
    mark(find('live'), 'data-late', null);
  } catch (error) {
    if (!find('live').hasAttribute('data-late')) {
      say(find('live'), `No answer since ${clock(Date.now())} (${error.message}); what is shown is of then.`);
      mark(find('live'), 'data-late', '');
    }
  }
  setTimeout(look, document.hidden ? 5 * PERIOD_MILLIS : PERIOD_MILLIS);
}

look();
