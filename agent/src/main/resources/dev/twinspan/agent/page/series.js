// What is kept of each tunnel, by number of its series. Pure.
import { History } from './history.js';

export const IN = 0;
export const OUT = 1;
export const LOSS = 2;
export const RTT = 3;

export const tunnelHistory = () => new History(4);

export function note(history, time, tunnel) {
  history.add(time, [tunnel.inBits, tunnel.outBits, tunnel.lossIn, tunnel.rttMillis ?? NaN]);
}
