/** What stands on the other end of the shipped channels: an SMTP server, and one for what goes over HTTP. */
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export type Channel = 'email' | 'slack' | 'pagerduty' | 'webhook';

export interface Notification {
  readonly channel: Channel;
  /** The body: JSON, or the mail with its headers. */
  readonly text: string;
}

export interface Receivers {
  readonly received: readonly Notification[];
  /** What came with the mails' AUTH PLAIN: user and password. */
  readonly logins: readonly string[];
  readonly smtpPort: number;
  /** Slack, PagerDuty and webhook are paths below it. */
  readonly url: string;
  /** Notifications of the channel that contain `text`. */
  of(channel: Channel, text: string): Notification[];
  stop(): Promise<void>;
}

export async function startReceivers(): Promise<Receivers> {
  const received: Notification[] = [];
  const logins: string[] = [];
  const http = createHttpServer((request, answer) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const channel = (request.url ?? '').slice(1) as Channel;
      received.push({ channel, text: Buffer.concat(chunks).toString() });
      // PagerDuty answers 202 and a body; the others do not care.
      answer.writeHead(channel === 'pagerduty' ? 202 : 200, { 'content-type': 'application/json' });
      answer.end('{"status":"success","message":"","dedup_key":"1"}');
    });
  });
  const smtp = createServer((socket) => {
    new Mailbox(
      socket,
      (text) => received.push({ channel: 'email', text }),
      (login) => logins.push(login),
    ).greet();
  });
  const [httpPort, smtpPort] = await Promise.all([listen(http), listen(smtp)]);
  return {
    received,
    logins,
    smtpPort,
    url: `http://127.0.0.1:${httpPort}`,
    of: (channel, text) => received.filter((one) => one.channel === channel && one.text.includes(text)),
    stop: async () => {
      http.closeAllConnections();
      await Promise.all([http, smtp].map((server) => new Promise((done) => server.close(done))));
    },
  };
}

async function listen(server: HttpServer | Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** One connection of an SMTP client, as far as Alertmanager's goes (RFC 5321, AUTH PLAIN of RFC 4954). */
class Mailbox {
  private buffer = '';
  private inData = false;

  constructor(
    private readonly socket: Socket,
    private readonly onMail: (text: string) => void,
    private readonly onLogin: (login: string) => void,
  ) {
    socket.setEncoding('utf8').on('data', (text: string) => this.read(text));
    socket.on('error', () => undefined);
  }

  greet(): void {
    this.say('220 test ESMTP');
  }

  private say(line: string): void {
    this.socket.write(`${line}\r\n`);
  }

  private read(text: string): void {
    this.buffer += text;
    for (;;) {
      const end = this.buffer.indexOf(this.inData ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const whole = this.buffer.slice(0, end);
      this.buffer = this.buffer.slice(end + (this.inData ? 5 : 2));
      if (this.inData) this.mail(whole);
      else this.command(whole);
    }
  }

  private mail(text: string): void {
    this.inData = false;
    this.onMail(decoded(text));
    this.say('250 taken');
  }

  private command(line: string): void {
    const [verb = '', ...rest] = line.split(' ');
    switch (verb.toUpperCase()) {
      case 'EHLO':
        this.say('250-test');
        this.say('250 AUTH PLAIN');
        break;
      case 'AUTH':
        this.onLogin(
          Buffer.from(rest[1] ?? '', 'base64')
            .toString()
            .split('\0')
            .slice(1)
            .join(':'),
        );
        this.say('235 welcome');
        break;
      case 'DATA':
        this.inData = true;
        this.say('354 go on');
        break;
      case 'QUIT':
        this.say('221 bye');
        this.socket.end();
        break;
      default:
        this.say('250 ok');
    }
  }
}

/** Quoted-printable, of which Alertmanager's mails are. */
function decoded(text: string): string {
  const bytes = text
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
