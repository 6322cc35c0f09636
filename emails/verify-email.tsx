import { Action } from './action.js';
import { printedUsername } from './harmless.js';
import { Layout, Paragraph } from './layout.js';

export interface VerifyEmailProps {
  /**
   * Also the greeting. There is no display name here: the address is not proven yet, and a stranger who typed
   * it must not get free text into the mail.
   */
  readonly username: string;
  readonly link: string;
  readonly expiresIn: string;
  /** The address is a new one for an account that exists already. */
  readonly change?: boolean;
}

export const subject = ({ change }: VerifyEmailProps) =>
  change ? 'Confirm your new email address' : 'Confirm your email address';

/** Asks the owner of an address to confirm it; the reader may be somebody who never heard of us. */
export default function VerifyEmail({ username, link, expiresIn, change = false }: VerifyEmailProps) {
  return (
    <Layout title={change ? 'Confirm your new email address' : 'Confirm your email address'} name={username}>
      <Paragraph>
        {change
          ? 'This address was given as the new one of the Gatehouse account with the username '
          : 'This address was given to create a Gatehouse account with the username '}
        <strong>{printedUsername(username)}</strong>. Please confirm that it is yours.
      </Paragraph>
      <Action label="Confirm the address" link={link} expiresIn={expiresIn} />
      <Paragraph>
        If this was not you, ignore this mail:{' '}
        {change ? 'the account keeps its old address.' : 'without the link no account is opened.'}
      </Paragraph>
    </Layout>
  );
}

export const previewProps: VerifyEmailProps = {
  username: 'robin',
  link: 'https://app.example.com/verify-email?token=kT3vF0cJ9bQxL2mW7sYd8hRgZ5nPaE1uVi6oXtC4qBw',
  expiresIn: '24 hours',
};
