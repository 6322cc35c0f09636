import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';
import { stopAtEnd } from './at-end.js';
import { type Mail, type Mailbox, mailboxOf, parseMail } from './mailbox.js';
import { freePort } from './wait.js';

export { hasToken, linkIn, type Mail, mailsTo, tokenIn } from './mailbox.js';

/**
 * A fault for one recipient: an SMTP code that refuses the address, a code that refuses the mail after its data, or
 * no answer at that point.
 */
export interface RecipientFault {
  readonly at: 'RCPT' | 'DATA';
  readonly answer: number | 'none';
}

export interface MailServer extends Mailbox {
  readonly port: number;
  /** The environment of a gateway that uses this server. */
  readonly env: Record<string, string>;
  /** The delay before each mail is accepted (ms). */
  delayMs: number;
  /** The fault of a recipient, if any. */
  faultOf: (address: string) => RecipientFault | undefined;
  /** Every address of a delivery attempt, once per attempt. */
  readonly attempts: string[];
  /** Refuses connections until `resume`, like a server that is down. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** Answers a command with the fault, or accepts it if the fault concerns another command. */
function answer(
  fault: RecipientFault | undefined,
  at: RecipientFault['at'],
  done: (error?: Error) => void,
): void {
  if (fault?.at !== at) done();
  else if (fault.answer !== 'none')
    done(Object.assign(new Error('refused by the test'), { responseCode: fault.answer }));
}

/** A mail server that stores the mails; stopped at the end of the test file. */
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
      onRcptTo({ address }, _session, done) {
        mailServer.attempts.push(address);
        answer(mailServer.faultOf(address), 'RCPT', done);
      },
      onData(stream, session, done) {
        const [recipient] = session.envelope.rcptTo;
        const fault = mailServer.faultOf(recipient?.address ?? '');
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', async () => {
          if (mailServer.delayMs > 0) await sleep(mailServer.delayMs);
          if (fault?.at !== 'DATA') kept.push(await parseMail(Buffer.concat(chunks)));
          answer(fault, 'DATA', done);
        });
      },
    });
    // A client that closes its connection is not an error of the test.
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
    faultOf: () => undefined,
    attempts: [],
    pause,
    resume,
    stop: pause,
    ...mailboxOf(async () => kept),
  };
  await resume();
  stopAtEnd(pause);
  return mailServer;
}
