// How bad it is, in the words that `twinspan fleet ls` uses, too. Pure.

/** Worst first. */
export const SEVERITIES = ['lost', 'down', 'degraded', 'suspect', 'away', 'unknown', 'well'];

export const RANK = Object.fromEntries(SEVERITIES.map((name, rank) => [name, rank]));

export const MEANING = {
  lost: 'went without a word: power, uplink or agent',
  down: 'no tunnel carries',
  degraded: 'a tunnel does not carry, BGP is not established, or its doctor finds a problem',
  suspect: 'a tunnel is doubtful, or loses more than 1 %',
  away: 'said goodbye',
  unknown: 'there, and has not told its health yet',
  well: 'all tunnels carry',
};

/** Share of the peer's ESP that may be lost and nobody minds. */
export const LOSSY = 0.01;

const CARRIES = new Set(['up', 'suspect', 'held']);
const DEAD = new Set(['lost', 'failed']);

export const carries = (tunnel) => CARRIES.has(tunnel.state);

/** Of one tunnel, in the same words as a box. */
export function ofTunnel(tunnel) {
  if (!carries(tunnel)) return DEAD.has(tunnel.state) ? 'down' : 'degraded';
  return tunnel.state !== 'up' || tunnel.lossIn > LOSSY ? 'suspect' : 'well';
}

/**
 * @param presence init, ready, lost or disconnected
 * @param health null: none yet
 */
export function ofBox(presence, health) {
  if (presence === 'lost') return 'lost';
  if (presence === 'disconnected') return 'away';
  if (health === null) return 'unknown';
  const { tunnels, bgp, findings } = health;
  if (tunnels.length > 0 && !tunnels.some(carries)) return 'down';
  const missing = !tunnels.every(carries) || bgp.some((session) => session.state !== 'established');
  if (missing || findings.some((finding) => finding.problem)) return 'degraded';
  return tunnels.some((tunnel) => ofTunnel(tunnel) !== 'well') ? 'suspect' : 'well';
}
