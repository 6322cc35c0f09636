import nodemailer from 'nodemailer';
import { isLoopbackHost } from '../platform/loopback.js';
import { withTimeout } from '../platform/with-timeout.js';
import { MailDeferred, MailRefused, type MailTransport, toNodemailer } from './message.js';

const CONNECT_TIMEOUT_MS = 10_000;
// Long, because a server may scan the mail before it answers. Closing the connection before the answer may send the mail
// twice (RFC 5321 §4.5.3.2.6). Only the job waits for it.
const ANSWER_TIMEOUT_MS = 40_000;
const TOTAL_TIMEOUT_MS = 50_000;
const CHECK_TIMEOUT_MS = 10_000;

interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** TLS from the first byte. Otherwise STARTTLS, if the server offers it. */
  readonly secure: boolean;
}

/** Sends mails by SMTP over persistent connections. */
export function smtpTransport({ host, port, user, password, secure }: SmtpOptions): MailTransport {
  const mailer = nodemailer.createTransport({
    pool: true,
    host,
    port,
    secure,
    auth: user === undefined ? undefined : { user, pass: password ?? '' },
    // The outbox decides how many mails are sent at once.
    maxConnections: 1000,
    // The job retries. nodemailer would retry at once after a lost connection, and might send the mail twice.
    maxRequeues: 0,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: ANSWER_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    // A mail catcher on this machine has a self-signed certificate.
    tls: { rejectUnauthorized: !isLoopbackHost(host) },
  });
  return {
    name: 'smtp',
    async send(message) {
      // `socketTimeout` restarts with each byte. This also limits a server that answers slowly, byte by byte.
      const signal = AbortSignal.timeout(TOTAL_TIMEOUT_MS);
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
 * An answer to MAIL FROM, RCPT TO or DATA concerns the mail. Every other failure (connection, greeting, TLS,
 * authentication, timeout) may concern the server, and is not changed.
 */
function classify(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, responseCode } = error as Error & { code?: string; responseCode?: number };
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return error;
  // Without a response code, nodemailer refuses the message, and would refuse it again.
  const isPermanent = responseCode === undefined || responseCode >= 500;
  const kind = isPermanent ? MailRefused : MailDeferred;
  return new kind(responseCode === undefined ? code : `SMTP ${responseCode}`);
}
