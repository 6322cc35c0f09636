import { Action } from './action.js';
import { printedUsername } from './harmless.js';
import { Layout, Paragraph } from './layout.js';

export interface VerifyEmailProps {
  /**
   * Also used in the greeting. There is no display name, because the address is not verified: a stranger could send free
   * text to any address.
   */
  readonly username: string;
  readonly link: string;
  readonly expiresIn: string;
  /** Whether it is the new address of an existing account. */
  readonly change?: boolean;
}

export const subject = ({ change }: VerifyEmailProps) =>
  change ? 'Confirm your new email address' : 'Confirm your email address';

/** Asks the reader to confirm the address. The reader may not know us. */
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
