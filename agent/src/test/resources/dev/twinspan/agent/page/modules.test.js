// The page's pure modules, checked inside a browser that has loaded the page. The value is a list of what is wrong.
(async () => {
  const { Fleet } = await import('/model.js');
  const { shown, mapRows, versions } = await import('/order.js');
  const { explain } = await import('/explain.js');
  const { Rebirths } = await import('/rebirths.js');
  const { History } = await import('/history.js');
  const { Commands, command, offered, warning } = await import('/commands.js');
  const words = await import('/words.js');

  const wrong = [];
  let checks = 0;
  const same = (what, is, expected) => {
    checks++;
    if (JSON.stringify(is) !== JSON.stringify(expected)) wrong.push(`${what}: ${JSON.stringify(is)}, expected ${JSON.stringify(expected)}`);
  };

  const tunnel = (name, state, lossIn = 0) => ({ name, state, reason: 'r', sentence: `why of ${name}`, since: '2026-01-01T00:00:00Z', inBits: 8, outBits: 4, lossIn, rttMillis: 12 });
  const health = (session, seq, tunnels, bgp = []) => JSON.stringify({ session, seq, time: '2026-01-01T00:00:00Z', tunnels, bgp, drops: {} });
  const state = (word, session) => JSON.stringify({ state: word, session, version: '1.0', since: '2026-01-01T00:00:00Z' });
  const up = [tunnel('c/in0', 'up'), tunnel('c/in1', 'up')];
  const at = (fleet, device, kind, payload, now = 1000) => fleet.take(`twinspan/1/lyon/${device}/${kind}`, payload, now);

  // A late will of an older session counts for nothing, in whatever order it comes.
  let fleet = new Fleet();
  at(fleet, 'a', 'state', state('ready', 2));
  at(fleet, 'a', 'health', health(2, 1, up));
  same('late will taken', at(fleet, 'a', 'state', state('lost', 1)), null);
  same('severity after a late will', fleet.boxes.get('lyon/a').severity, 'well');
  at(fleet, 'a', 'state', state('lost', 2));
  same('severity after its own will', fleet.boxes.get('lyon/a').severity, 'lost');
  fleet = new Fleet();
  at(fleet, 'a', 'state', state('lost', 1)); // retained over the ready of session 2
  at(fleet, 'a', 'health', health(2, 7, up));
  same('a later session speaks', [fleet.boxes.get('lyon/a').presence, fleet.boxes.get('lyon/a').severity], ['ready', 'well']);
  same('health of an older session', at(fleet, 'a', 'health', health(1, 9, up)), null);
  at(fleet, 'a', 'state', state('ready', 1)); // set up anew: its counter begins again
  same('a counter that began again', fleet.boxes.get('lyon/a').session, 1);

  // An update's way is that of its box, until it is cleared.
  fleet = new Fleet();
  at(fleet, 'a', 'state', state('ready', 1));
  const ota = (told) => at(fleet, 'a', 'ota', JSON.stringify({ session: 1, time: '2026-01-01T00:00:00Z', ...told }));
  ota({ state: 'downloading', percent: 40, job: { id: 'o1', version: '1.2.0', slot: 'B' } });
  const update = fleet.boxes.get('lyon/a').ota;
  same('an update', [update.state, update.percent, update.version, update.slot], ['downloading', 40, '1.2.0', 'B']);
  ota({ state: 'idle', job: { id: 'o1', refused: true }, sentence: 'why' });
  same('an update refused', [fleet.boxes.get('lyon/a').ota.state, fleet.boxes.get('lyon/a').ota.sentence], ['refused', 'why']);
  same('an update of no known state', ota({ state: 'sideways' }), null);
  at(fleet, 'a', 'ota', '');
  same('no update', fleet.boxes.get('lyon/a').ota, null);

  // A gap in seq is noticed, a repetition ignored.
  fleet = new Fleet();
  for (const seq of [3, 4, 4, 8]) at(fleet, 'a', 'health', health(1, seq, up));
  same('reports missed', fleet.boxes.get('lyon/a').missed, 3);
  same('said', explain(fleet.boxes.get('lyon/a'), 2000)[0], '3 health reports of this session did not arrive here.');

  // And a box is asked for what did not arrive, once a minute, where that is allowed.
  {
    const gaps = [];
    fleet.onGap = (box, now) => gaps.push(`${box.device} ${now}`);
    for (const seq of [9, 11, 11, 12]) at(fleet, 'a', 'health', health(1, seq, up), 2000);
    same('gaps told', gaps, ['a 2000']);
    const sent = [];
    let refuse = false;
    const rebirths = new Rebirths((command, failed) => { sent.push(command.topic); if (refuse) failed('no'); });
    const box = (device) => ({ id: `lyon/${device}`, site: 'lyon', device });
    same('asked once a minute', [0, 1, 59999, 60000].map((now) => rebirths.ask(box('a'), now)), [true, false, false, true]);
    same('asked where', sent[0], 'twinspan/1/lyon/a/cmd/rebirth');
    same('few at a time', ['b', 'c', 'd', 'e', 'f', 'g'].map((name) => rebirths.ask(box(name), 70000)), [true, true, true, true, true, false]);
    refuse = true;
    same('who may not, stops', ['h', 'i'].map((name) => rebirths.ask(box(name), 80000)), [true, false]);
    rebirths.again();
    same('another may', rebirths.ask(box('j'), 90000), true);
  }

  // Worst first, as `twinspan fleet ls`.
  fleet = new Fleet();
  const established = [{ session: 'c/in0', state: 'established', received: 1, advertised: 1 }];
  const boxes = {
    well: () => at(fleet, 'well', 'health', health(1, 1, up, established)),
    suspect: () => at(fleet, 'suspect', 'health', health(1, 1, [up[0], tunnel('c/in1', 'held')])),
    lossy: () => at(fleet, 'lossy', 'health', health(1, 1, [up[0], tunnel('c/in1', 'up', 0.02)])),
    degraded: () => at(fleet, 'degraded', 'health', health(1, 1, [up[0], tunnel('c/in1', 'failed')])),
    bgp: () => at(fleet, 'bgp', 'health', health(1, 1, up, [{ session: 'c/in0', state: 'active', received: 0, advertised: 0 }])),
    down: () => at(fleet, 'down', 'health', health(1, 1, [tunnel('c/in0', 'lost'), tunnel('c/in1', 'drained')])),
    lost: () => at(fleet, 'lost', 'state', state('lost', 1)),
    away: () => at(fleet, 'away', 'state', state('disconnected', 1)),
    unknown: () => at(fleet, 'unknown', 'state', state('ready', 1)),
  };
  for (const tell of Object.values(boxes)) tell();
  const order = shown(fleet.boxes.values(), '', new Set()).map((box) => `${box.device} ${box.severity}`);
  same('order', order, ['lost lost', 'down down', 'bgp degraded', 'degraded degraded', 'lossy suspect', 'suspect suspect', 'away away', 'unknown unknown', 'well well']);
  same('summary', fleet.summary().counts, { lost: 1, down: 1, degraded: 2, suspect: 2, away: 1, unknown: 1, well: 1 });
  same('filtered', shown(fleet.boxes.values(), 'LYON c/in1 failed', new Set()).map((box) => box.device), ['degraded']);
  same('filtered by severity', shown(fleet.boxes.values(), '', new Set(['away', 'lost'])).map((box) => box.device), ['lost', 'away']);
  same('why', explain(fleet.boxes.get('lyon/degraded'), 2000), ['c/in1 is failed: why of c/in1']);
  same('map', mapRows(shown(fleet.boxes.values(), 'down', new Set()), new Set(['lyon', 'lyon/down'])).map((row) => row.kind), ['site', 'box', 'tunnel', 'tunnel']);
  same('versions', versions(fleet.boxes.values()).map(({ boxes: number }) => number).reduce((a, b) => a + b), 9);

  // What the doctor finds comes first, and in its words; of a box of an older version nothing is told.
  {
    const found = (...findings) => {
      const told = new Fleet();
      const tunnels = [up[0], tunnel('c/in1', 'failed')];
      at(told, 'a', 'health', JSON.stringify({ ...JSON.parse(health(1, 1, tunnels)), findings }));
      return told.boxes.get('lyon/a');
    };
    const psk = { severity: 'problem', cause: 'psk-mismatch', title: 't', about: 'c/in1', sentence: 'keys differ', fixes: ['this box: set psk'] };
    const firewall = { severity: 'problem', cause: 'firewall-drops', title: 't', about: '', sentence: 'a firewall here', fixes: [] };
    same('found first', explain(found(psk, firewall), 2000), ['psk-mismatch: c/in1: keys differ', 'firewall-drops: a firewall here']);
    same('found by its cause', shown([found(psk), found(firewall)], 'psk-mismatch', new Set()).length, 1);
    same('malformed findings', found(null, 7, {}, { cause: [] }, { cause: 'x', fixes: 'y' }).health.findings.map(({ cause, fixes }) => [cause, fixes]), [['x', []]]);
    same('bounded findings', found(...Array(20).fill(psk)).health.findings.length, 8);
    const carrying = new Fleet();
    for (const [device, severity] of [['a', 'problem'], ['b', 'warning']]) {
      at(carrying, device, 'health', JSON.stringify({ ...JSON.parse(health(1, 1, up)), findings: [{ ...firewall, severity }] }));
    }
    same('a problem counts, a warning does not', ['a', 'b'].map((device) => carrying.boxes.get(`lyon/${device}`).severity), ['degraded', 'well']);
  }

  // What strangers say is bounded, and never believed to be of another form.
  fleet = new Fleet({ boxes: 2, events: 3 });
  for (const payload of ['', '{', '[]', 'null', '7', '{"state":"ready"}', '{"state":"gone","session":1}', '"x"', 'x'.repeat(70000)]) at(fleet, 'a', 'state', payload);
  same('malformed', [fleet.boxes.size, fleet.refused.malformed], [0, 8]);
  for (const topic of ['', 'twinspan', 'twinspan/1/', 'twinspan/1/lyon/a', 'twinspan/1//a/state', 'twinspan/2/lyon/a/state', 'twinspan/1/lyon/a/ack']) fleet.take(topic, '{}', 0);
  same('other topics', fleet.boxes.size, 0);
  same('a topic of later', fleet.take('twinspan/1/lyon/a/horoscope', '{}', 0), null);
  for (const device of ['a', 'b', 'c']) at(fleet, device, 'state', state('ready', 1));
  same('bounded boxes', [fleet.boxes.size, fleet.refused.tooMany], [2, 1]);
  const event = (number, time) => JSON.stringify({ id: `1-${number}`, session: 1, number, time, code: 'tunnel_lost', sentence: 's', historical: false });
  for (const number of [1, 1, 3, 2, 4, 5]) at(fleet, 'a', 'event', event(number, `2026-01-01T00:00:0${number}Z`));
  same('events, newest first', [fleet.events.map(({ event: told }) => told.id), fleet.boxes.get('lyon/a').events.length], [['1-5', '1-4', '1-3'], 5]);
  at(fleet, 'a', 'state', '');
  same('a box that was taken away', [...fleet.boxes.keys()], ['lyon/b']);
  const long = JSON.stringify({ session: 1, seq: 1, tunnels: Array.from({ length: 300 }, (_, i) => tunnel(`c/${i}`, 'up')), bgp: [] });
  at(fleet, 'b', 'health', long);
  same('bounded tunnels', fleet.boxes.get('lyon/b').health.tunnels.length, 64);

  const history = new History(1, 3);
  for (const value of [1, NaN, 3, 4]) history.add(value * 1000, [value]);
  same('history', history.columns(0), [[NaN, 3, 4], [null, 3, 4]]);

  // Commands: the message as the contract has it, and each answer in its turn.
  fleet = new Fleet();
  at(fleet, 'a', 'health', health(1, 1, [tunnel('c/in0', 'up'), tunnel('c/in1', 'failed')]));
  const box = fleet.boxes.get('lyon/a');
  same('nothing offered before it said what', offered(box, true), null);
  at(fleet, 'a', 'about', JSON.stringify({ session: 1, capabilities: ['state', 'cmd/drain', 'cmd/reboot', 'cmd/unheard-of'] }));
  same('offered', [offered(box, true), offered(box, false)], [['drain'], ['reboot']]);
  same('warned', warning(box, 'drain', 'c/in0') !== '' && warning(box, 'drain', 'c/in1') === '', true);
  const sent = command(box, 'drain', 'c/in0', {}, 'page-1');
  same('message', [sent.topic, sent.payload, sent.responseTopic], ['twinspan/1/lyon/a/cmd/drain', '{"tunnel":"c/in0"}', 'twinspan/1/lyon/a/ack/page-1']);
  const commands = new Commands();
  fleet.onAck = (of, told, now) => commands.ack(of, told, now);
  commands.sent(sent, 0);
  const ack = (stage, more) => at(fleet, 'a', 'ack/page-1', JSON.stringify({ id: 'page-1', verb: 'drain', session: 1, stage, ...more }));
  ack('accepted');
  ack('running', { step: 'moving_flows', percent: 40 });
  same('running', [commands.of(box)[0].stage, commands.of(box)[0].percent], ['running', 40]);
  ack('done');
  ack('running', { percent: 50 }); // overtaken on the way
  same('done', commands.of(box)[0].stage, 'done');
  commands.sent(command(box, 'drain', 'c/in0', {}, 'page-2'), 0);
  commands.tick(90000);
  same('unanswered', commands.of(box)[0].stage, 'unanswered');

  same('words', [words.bits(4.2e9), words.bits(0), words.percent(0.0234), words.percent(0.00001), words.lasting(3723000), words.bytes(1536)],
    ['4.20 Gbit/s', '0 bit/s', '2.3 %', '<0.1 %', '1 h 2 min', '1.50 KiB']);
  return { checks, wrong };
})()
