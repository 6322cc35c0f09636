import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';
import { afterAll } from 'vitest';
import { type Mail, type Mailbox, mailboxOf, parseMail } from './mailbox.js';
import { freePort } from './wait.js';

export { hasToken, linkIn, type Mail, mailsTo, tokenIn } from './mailbox.js';

export interface MailServer extends Mailbox {
  readonly port: number;
  /** What points a gateway at it. */
  readonly env: Record<string, string>;
  /** How long it takes over each mail before it accepts it. */
  delayMs: number;
  /** Refuses connections, as a server that is down does, until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** A mail server that keeps what it is given; stopped at the end of the file. */
export async function startMailServer(): Promise<MailServer> {
  const port = await freePort();
  const kept: Mail[] = [];
  let server: SMTPServer | undefined;

  const resume = async () => {
    if (server) return;
    server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      closeTimeout: 50,
      disableReverseLookup: true,
      onData(stream, _session, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', async () => {
          if (mailServer.delayMs > 0) await sleep(mailServer.delayMs);
          kept.push(await parseMail(Buffer.concat(chunks)));
          done();
        });
      },
    });
    // A client that hangs up in the middle is no fault of ours.
    server.on('error', () => {});
    const listening = server;
    await new Promise<void>((resolve, reject) => {
      listening.server.once('error', reject);
      listening.listen(port, '127.0.0.1', resolve);
    });
  };
  const pause = async () => {
    const running = server;
    server = undefined;
    if (running) await new Promise<void>((resolve) => running.close(resolve));
  };

  const mailServer: MailServer = {
    port,
    env: { SMTP_HOST: '127.0.0.1', SMTP_PORT: String(port), SMTP_SECURE: 'false' },
    delayMs: 0,
    pause,
    resume,
    stop: pause,
    ...mailboxOf(async () => kept),
  };
  await resume();
  afterAll(pause);
  return mailServer;
}
