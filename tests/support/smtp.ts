import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';
import { stopAtEnd } from './at-end.js';
import { type Mail, type Mailbox, mailboxOf, parseMail } from './mailbox.js';
import { freePort } from './wait.js';

export { hasToken, linkIn, type Mail, mailsTo, tokenIn } from './mailbox.js';

/**
 * What the server does about a recipient: an SMTP code that refuses the address, a code that refuses the mail after
 * its data, or no answer at all at that point.
 */
export interface RecipientFault {
  readonly at: 'RCPT' | 'DATA';
  readonly answer: number | 'none';
}

export interface MailServer extends Mailbox {
  readonly port: number;
  /** What points a gateway at it. */
  readonly env: Record<string, string>;
  /** How long it takes over each mail before it accepts it. */
  delayMs: number;
  /** The fault that each recipient meets, if any. */
  faultOf: (address: string) => RecipientFault | undefined;
  /** Every address that a client has tried to send to, once per attempt. */
  readonly attempts: string[];
  /** Refuses connections, as a server that is down does, until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** Answers a command as the fault wants it; accepts if the fault is about another command. */
function answer(
  fault: RecipientFault | undefined,
  at: RecipientFault['at'],
  done: (error?: Error) => void,
): void {
  if (fault?.at !== at) done();
  else if (fault.answer !== 'none')
    done(Object.assign(new Error('refused by the test'), { responseCode: fault.answer }));
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
