// The connection to the broker, by mqtt.js over WebSockets.
import mqtt from './mqtt/mqtt.esm.js';

const PREFIX = 'twinspan/1/';

/** Of every box. What is of no use in a list (about, desired, ota) is asked for of the box that is looked at. */
const OF_ALL = {
  [`${PREFIX}+/+/state`]: { qos: 1 },
  [`${PREFIX}+/+/reported`]: { qos: 1 },
  [`${PREFIX}+/+/event`]: { qos: 1 },
  [`${PREFIX}+/+/ack/+`]: { qos: 1 },
  [`${PREFIX}+/+/health`]: { qos: 0 },
};

const ofOne = (box) => ['about', 'desired', 'ota'].map((kind) => `${PREFIX}${box.id}/${kind}`);

/** Of MQTT 5's CONNACK: bad name or password, not authorized, banned, bad authentication method. */
const NOT_LET_IN = new Set([134, 135, 138, 140]);

const WAIT_MILLIS = 3000;

export class Link {
  /**
   * @param on message(topic, payload), connected(), lost(why): it is dialled again, refused(why): it is not
   */
  constructor(url, on) {
    this.url = url;
    this.on = on;
    this.client = null;
    this.watched = null;
  }

  connect(user, password) {
    this.close();
    const client = mqtt.connect(this.url, {
      protocolVersion: 5,
      clean: true,
      username: user || undefined,
      password: user ? password : undefined,
      keepalive: 60,
      connectTimeout: 10000,
      // By lot, so that pages do not all come back in the same moment.
      reconnectPeriod: WAIT_MILLIS * (1 + Math.random()),
      resubscribe: false,
      queueQoSZero: false,
      // A worker made from text would need a laxer Content-Security-Policy.
      timerVariant: 'native',
      properties: { receiveMaximum: 1000, maximumPacketSize: 131072 },
    });
    this.client = client;
    let why = 'the connection was closed';
    client.on('connect', () => {
      client.subscribe(OF_ALL, (error, granted) => this.#subscribed(client, error, granted));
      if (this.watched !== null) this.#watch(client, this.watched);
    });
    client.on('message', (topic, payload) => this.on.message(topic, payload));
    client.on('error', (error) => {
      why = error.message || 'it does not answer';
      if (NOT_LET_IN.has(error.code)) {
        this.close();
        this.on.refused('The broker does not know this user, or the password is another.');
      }
    });
    client.on('disconnect', (packet) => { why = `it hung up (reason ${packet.reasonCode})`; });
    client.on('close', () => {
      if (this.client === client) this.on.lost(why);
    });
  }

  #subscribed(client, error, granted) {
    if (this.client !== client) return;
    if (error || granted.some(({ qos }) => qos >= 128)) {
      this.close();
      this.on.refused('The broker does not let this user read twinspan/1/#: give it that in the ACL.');
      return;
    }
    this.on.connected();
  }

  /** Asks for all of one box, and no longer for that of another. */
  watch(box) {
    const before = this.watched;
    this.watched = box;
    if (!this.client?.connected) return;
    if (before !== null && before !== box) this.client.unsubscribe(ofOne(before));
    if (box !== null && before !== box) this.#watch(this.client, box);
  }

  #watch(client, box) {
    client.subscribe(ofOne(box), { qos: 1 });
  }

  /** @param failed called with why the broker did not take it */
  send(command, failed) {
    if (!this.client?.connected) {
      failed('there is no link to the broker');
      return;
    }
    this.client.publish(command.topic, command.payload, {
      qos: 1,
      retain: false,
      properties: {
        ...(command.id === undefined ? {} : { correlationData: command.id, responseTopic: command.responseTopic }),
        messageExpiryInterval: command.expirySeconds,
        contentType: 'application/json',
      },
    }, (error, packet) => {
      const code = error?.code ?? packet?.reasonCode ?? 0;
      if (code === 135) failed('this user may not send commands: log in as controller');
      else if (error) failed(error.message);
    });
  }

  close() {
    const client = this.client;
    this.client = null;
    client?.end(true);
  }
}
