import { settings } from '../kit/settings.js';
import { SetPassword } from './set-password.js';

export default function AcceptInvitationPage() {
  const renewal = (
    <p>
      Ask who has invited you for a new invitation. If you have chosen a password already,{' '}
      <a href="/sign-in">sign in</a>, or <a href="/forgot-password">choose another one</a>.
    </p>
  );
  return (
    <SetPassword title="Accept the invitation" renewal={renewal}>
      <p>Welcome to {settings.brand.name}. Choose a password for your new account.</p>
    </SetPassword>
  );
}
