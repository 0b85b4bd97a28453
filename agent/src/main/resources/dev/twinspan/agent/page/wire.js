// Payloads of asyncapi.yaml, taken as strangers' words: what has another form becomes nothing, and all is bounded. Pure.
import { clip } from './words.js';

export const MOST_BYTES = 65536;
const MOST_TUNNELS = 64;
const MOST_REASONS = 64;
const MOST_TEXTS = 64;
const MOST_FINDINGS = 8;

const DECODER = new TextDecoder();

const STATES = new Set(['idle', 'connecting', 'up', 'suspect', 'lost', 'held', 'leaving', 'draining', 'drained', 'closing', 'failed']);
const PRESENCES = new Set(['init', 'ready', 'lost', 'disconnected']);
const STAGES = new Set(['accepted', 'running', 'done', 'failed', 'rejected', 'expired']);

/** An object, or null. */
export function parse(payload) {
  const text = typeof payload === 'string' ? payload : payload.length > MOST_BYTES ? '' : DECODER.decode(payload);
  if (text === '' || text.length > MOST_BYTES) return null;
  try {
    const tree = JSON.parse(text);
    return tree !== null && typeof tree === 'object' && !Array.isArray(tree) ? tree : null;
  } catch {
    return null;
  }
}

const number = (value) => typeof value === 'number' && Number.isFinite(value) ? value : NaN;
const positive = (value) => number(value) >= 0 ? value : NaN;
const whole = (value) => Number.isSafeInteger(value) && value >= 0 ? value : null;
const time = (value) => typeof value === 'string' && value.length < 40 ? Date.parse(value) : NaN;
const list = (value, most) => Array.isArray(value) ? value.slice(0, most) : [];
const texts = (value) => list(value, MOST_TEXTS).map((text) => clip(text)).filter((text) => text !== '');
const entries = (value) => value !== null && typeof value === 'object' ? Object.entries(value).slice(0, MOST_REASONS) : [];

export function state(tree) {
  const session = whole(tree.session);
  if (session === null || !PRESENCES.has(tree.state)) return null;
  return { state: tree.state, session, version: clip(tree.version, 64), since: time(tree.since) };
}

function tunnel(tree) {
  if (tree === null || typeof tree !== 'object' || !STATES.has(tree.state) || clip(tree.name) === '') return null;
  return {
    name: clip(tree.name, 128),
    state: tree.state,
    reason: clip(tree.reason, 64),
    sentence: clip(tree.sentence),
    since: time(tree.since),
    inBits: positive(tree.inBits),
    outBits: positive(tree.outBits),
    lossIn: positive(tree.lossIn),
    rttMillis: positive(tree.rttMillis),
  };
}

function bgp(tree) {
  if (tree === null || typeof tree !== 'object' || clip(tree.session) === '') return null;
  return {
    session: clip(tree.session, 128),
    state: clip(tree.state, 32),
    received: whole(tree.received) ?? 0,
    advertised: whole(tree.advertised) ?? 0,
  };
}

/** Of the doctor; boxes of an older version tell none. */
function finding(tree) {
  if (tree === null || typeof tree !== 'object' || clip(tree.cause) === '') return null;
  return {
    problem: tree.severity === 'problem',
    cause: clip(tree.cause, 64),
    title: clip(tree.title, 128),
    about: clip(tree.about, 128),
    sentence: clip(tree.sentence),
    fixes: list(tree.fixes, MOST_FINDINGS).map((fix) => clip(fix)).filter((fix) => fix !== ''),
  };
}

export function health(tree) {
  const session = whole(tree.session);
  const seq = whole(tree.seq);
  if (session === null || seq === null || !Array.isArray(tree.tunnels) || !Array.isArray(tree.bgp)) return null;
  return {
    session,
    seq,
    time: time(tree.time),
    tunnels: list(tree.tunnels, MOST_TUNNELS).map(tunnel).filter((told) => told !== null),
    bgp: list(tree.bgp, MOST_TUNNELS).map(bgp).filter((told) => told !== null),
    findings: list(tree.findings, MOST_FINDINGS).map(finding).filter((told) => told !== null),
    drops: entries(tree.drops).filter(([, dropped]) => whole(dropped) > 0).map(([reason, dropped]) => [clip(reason, 64), dropped]),
    cpuSeconds: positive(tree.cpuSeconds),
    memoryBytes: positive(tree.memoryBytes),
    celsius: number(tree.celsius),
  };
}

export function about(tree) {
  const session = whole(tree.session);
  if (session === null) return null;
  const crypto = tree.cryptoBackend ?? {};
  return {
    session,
    version: clip(tree.version, 64),
    fips: tree.fips === true,
    crypto: { name: clip(crypto.name, 64), version: clip(crypto.version, 128), reason: clip(crypto.reason) },
    offloads: texts(tree.offloads),
    tunnels: texts(tree.tunnels),
    warnings: texts(tree.warnings),
    capabilities: texts(tree.capabilities),
  };
}

export function event(tree) {
  if (clip(tree.code) === '' || !Number.isFinite(time(tree.time))) return null;
  return {
    id: clip(tree.id, 64),
    time: time(tree.time),
    tunnel: clip(tree.tunnel, 128),
    code: clip(tree.code, 64),
    sentence: clip(tree.sentence),
    outageMillis: positive(tree.outageMillis),
    historical: tree.historical === true,
    dropped: whole(tree.dropped) ?? 0,
  };
}

export function reported(tree) {
  const result = clip(tree.result, 32);
  if (result === '') return null;
  return {
    version: clip(tree.version, 64),
    result,
    reason: clip(tree.reason, 64),
    sentence: clip(tree.sentence),
    time: time(tree.time),
    current: clip(tree.current?.version, 64),
    problems: list(tree.problems, MOST_TEXTS).map((problem) => [clip(problem?.path), clip(problem?.message)]),
  };
}

const UPDATES = new Set(['idle', 'downloading', 'verifying', 'installing', 'installed', 'trial', 'confirmed', 'rolling-back', 'rolled-back']);

/** An update's way, or null. */
export function ota(tree) {
  if (!UPDATES.has(tree.state)) return null;
  return {
    state: tree.job?.refused === true ? 'refused' : tree.state,
    percent: number(tree.percent) >= 0 && tree.percent <= 100 ? tree.percent : NaN,
    version: clip(tree.job?.version, 64),
    slot: clip(tree.job?.slot, 64),
    sentence: clip(tree.sentence),
  };
}

export function desired(tree) {
  return clip(tree.version, 64) === '' ? null : { version: clip(tree.version, 64) };
}

export function ack(tree) {
  if (!STAGES.has(tree.stage) || clip(tree.id, 64) === '') return null;
  return {
    id: clip(tree.id, 64),
    verb: clip(tree.verb, 32),
    stage: tree.stage,
    step: clip(tree.step, 128),
    percent: number(tree.percent) >= 0 && tree.percent <= 100 ? tree.percent : NaN,
    reason: clip(tree.reason, 64),
    sentence: clip(tree.sentence),
    time: time(tree.time),
  };
}
