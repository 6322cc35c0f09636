import { fileTransport } from './file-transport.js';
import type { MailTransport } from './message.js';
import { resendTransport } from './resend-transport.js';
import { smtpTransport } from './smtp-transport.js';

type MailTransportOptions =
  | { readonly kind: 'resend'; readonly apiKey: string; readonly baseUrl?: string | undefined }
  | {
      readonly kind: 'smtp';
      readonly host: string;
      readonly port: number;
      readonly user?: string | undefined;
      readonly password?: string | undefined;
      readonly secure: boolean;
    }
  | { readonly kind: 'file'; readonly folder: string };

/** Creates the transport. It connects when the first mail is sent. */
export function createTransport(options: MailTransportOptions): MailTransport {
  switch (options.kind) {
    case 'resend':
      return resendTransport(options);
    case 'smtp':
      return smtpTransport(options);
    case 'file':
      return fileTransport(options);
  }
}
