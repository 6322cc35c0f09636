import { Resend } from 'resend';
import { withoutTrailingSlashes } from '../platform/url.js';
import { assertHeadersAreSafe, automatic, type MailTransport } from './message.js';

const TIMEOUT_MS = 10_000;

/** Sends through Resend's API. */
export function resendTransport(options: { apiKey: string; baseUrl?: string | undefined }): MailTransport {
  const baseUrl = withoutTrailingSlashes(options.baseUrl ?? 'https://api.resend.com');
  const resend = new Resend(options.apiKey, { baseUrl });
  return {
    name: 'resend',
    async send(message) {
      assertHeadersAreSafe(message);
      const { id, from, to, subject, html, text } = message;
      const { error } = await resend.emails.send(
        { from, to: [to], subject, html, text, headers: automatic },
        // The key makes a retry safe after a lost answer: Resend then repeats the answer, not the mail.
        { idempotencyKey: id, signal: AbortSignal.timeout(TIMEOUT_MS) },
      );
      if (error !== null) throw Object.assign(new Error('Resend refused the mail'), { code: error.name });
    },
    async close() {},
  };
}
