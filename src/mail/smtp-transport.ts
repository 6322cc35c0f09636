import { isIP } from 'node:net';
import nodemailer from 'nodemailer';
import { withTimeout } from '../platform/with-timeout.js';
import { MailDeferred, MailRefused, type MailTransport, toNodemailer } from './message.js';

const CONNECT_TIMEOUT_MS = 10_000;
// Long, since a server may scan a mail before it says that it has it: who hangs up on it sends the mail twice
// (RFC 5321 §4.5.3.2.6). Only the job waits for it.
const ANSWER_TIMEOUT_MS = 40_000;
const WHOLE_TIMEOUT_MS = 50_000;
const CHECK_TIMEOUT_MS = 10_000;

interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** TLS from the first byte. Without it, STARTTLS is used where the server offers it. */
  readonly secure: boolean;
}

/** Sends by SMTP over connections that are kept open. */
export function smtpTransport({ host, port, user, password, secure }: SmtpOptions): MailTransport {
  const mailer = nodemailer.createTransport({
    pool: true,
    host,
    port,
    secure,
    auth: user === undefined ? undefined : { user, pass: password ?? '' },
    // The outbox decides how many mails are sent at once.
    maxConnections: 1000,
    // The job is what tries again. A second attempt in here, after a connection lost before the answer, would
    // only double the mail sooner.
    maxRequeues: 0,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: ANSWER_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    // A mail catcher on this very machine has a certificate of its own making, and nobody stands in between.
    tls: { rejectUnauthorized: !isLoopback(host) },
  });
  return {
    name: 'smtp',
    async send(message) {
      // The answer's timeout starts anew with each byte; a server that trickles its answers is ended here.
      const signal = AbortSignal.timeout(WHOLE_TIMEOUT_MS);
      await mailer.sendMail({ ...toNodemailer(message), signal }).catch((error) => {
        throw classify(error);
      });
    },
    async check() {
      await withTimeout(CHECK_TIMEOUT_MS, mailer.verify());
    },
    async close() {
      mailer.close();
    },
  };
}

/**
 * An answer to MAIL FROM, RCPT TO or DATA is about the mail. Everything else (connection, greeting, TLS, sign-in,
 * timeout) may be about the server, and stays as it is.
 */
function classify(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, responseCode } = error as Error & { code?: string; responseCode?: number };
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return error;
  // Without an answer, it is nodemailer that refuses the message, which does not change.
  const isPermanent = responseCode === undefined || responseCode >= 500;
  const kind = isPermanent ? MailRefused : MailDeferred;
  return new kind(responseCode === undefined ? code : `SMTP ${responseCode}`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
