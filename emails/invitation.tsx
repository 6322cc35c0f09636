import type { Brand } from '../src/platform/brand.js';
import { Action } from './action.js';
import { BrandName, useBrand } from './brand.js';
import { Layout, Paragraph } from './layout.js';

export interface InvitationProps {
  readonly name: string;
  readonly username: string;
  readonly link: string;
  readonly expiresIn: string;
}

export const subject = (_props: unknown, { name }: Brand) => `You are invited to ${name}`;

/** Sent if an admin or the operator creates an account. The user sets its password by the link. */
export default function Invitation({ name, username, link, expiresIn }: InvitationProps) {
  return (
    <Layout title={subject(undefined, useBrand())} name={name}>
      <Paragraph>
        An administrator made an account at <BrandName /> for you, with the username{' '}
        <strong>{username}</strong>. Choose a password to start using it; this also confirms your email
        address.
      </Paragraph>
      <Action label="Accept the invitation" link={link} expiresIn={expiresIn} />
      <Paragraph>If you do not expect an invitation, ignore this mail: the account stays closed.</Paragraph>
    </Layout>
  );
}

export const previewProps: InvitationProps = {
  name: 'Robin Doe',
  username: 'robin',
  link: 'https://app.example.com/accept-invitation?token=kT3vF0cJ9bQxL2mW7sYd8hRgZ5nPaE1uVi6oXtC4qBw',
  expiresIn: '72 hours',
};
