import type { Brand } from '../src/platform/brand.js';
import { BrandName } from './brand.js';
import { printedUsername } from './harmless.js';
import { Layout, Paragraph } from './layout.js';

export interface AlreadyRegisteredProps {
  readonly name: string;
  /** The username of the account that has the address, not the username of the registration. */
  readonly username: string;
}

export const subject = (_props: unknown, { name }: Brand) => `You already have an account at ${name}`;

/** Sent to the owner of an address if somebody registers with it. The registration itself does not reveal the account. */
export default function AlreadyRegistered({ name, username }: AlreadyRegisteredProps) {
  return (
    <Layout title="You already have an account" name={name}>
      <Paragraph>
        Somebody tried to create an account at <BrandName /> with this email address. It already has one, with
        the username <strong>{printedUsername(username)}</strong>, so no new account was opened and nothing
        was changed.
      </Paragraph>
      <Paragraph>
        If it was you, just sign in. If you forgot your password, reset it on the sign-in page.
      </Paragraph>
      <Paragraph>If it was not you, there is nothing to do.</Paragraph>
    </Layout>
  );
}

export const previewProps: AlreadyRegisteredProps = { name: 'Robin Doe', username: 'robin' };
