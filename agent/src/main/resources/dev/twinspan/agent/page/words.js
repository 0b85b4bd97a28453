// Values in words. Pure.

/** Text of the wire, cut to what a person would read; anything else is empty. */
export function clip(value, most = 400) {
  if (typeof value !== 'string') return '';
  return value.length > most ? value.slice(0, most - 1) + '…' : value;
}

function scaled(value, units, base) {
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit++;
  }
  const digits = value >= 100 || unit === 0 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits) + ' ' + units[unit];
}

export const bits = (value) => Number.isFinite(value) ? scaled(value, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'], 1000) : '–';

export const bytes = (value) => Number.isFinite(value) ? scaled(value, ['B', 'KiB', 'MiB', 'GiB', 'TiB'], 1024) : '–';

/** @param share 0 to 1 */
export function percent(share) {
  if (!Number.isFinite(share)) return '–';
  if (share === 0) return '0 %';
  return (share < 0.001 ? '<0.1' : (share * 100).toFixed(share < 0.1 ? 1 : 0)) + ' %';
}

export const millis = (value) => Number.isFinite(value) ? (value < 10 ? value.toFixed(1) : value.toFixed(0)) + ' ms' : '–';

/** How long something lasted or lies behind. */
export function lasting(milliseconds) {
  if (!Number.isFinite(milliseconds)) return '–';
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return seconds + ' s';
  if (seconds < 3600) return Math.floor(seconds / 60) + ' min';
  if (seconds < 86400) return Math.floor(seconds / 3600) + ' h ' + Math.floor(seconds % 3600 / 60) + ' min';
  return Math.floor(seconds / 86400) + ' d ' + Math.floor(seconds % 86400 / 3600) + ' h';
}

const two = (number) => String(number).padStart(2, '0');

/** The time of day here, with the day when it is not today. */
export function clock(time, now = Date.now()) {
  if (!Number.isFinite(time)) return '–';
  const at = new Date(time);
  const today = new Date(now).toDateString() === at.toDateString();
  const day = today ? '' : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} `;
  return day + `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** A code as words: open_sent → open sent. */
export const plain = (code) => code.replaceAll('_', ' ');

export const count = (number) => number.toLocaleString('en');

export const many = (number, one, more = one + 's') => `${count(number)} ${number === 1 ? one : more}`;
