import { settings } from '../kit/settings.js';
import { LinkButton } from '../ui/link-button.js';
import { SetPassword } from './set-password.js';

export default function AcceptInvitationPage() {
  const renewal = (
    <>
      <LinkButton isWide href="/forgot-password" kind="primary">
        Get a new link
      </LinkButton>
      <p>
        Have you chosen a password already? <a href="/sign-in">Sign in</a>
      </p>
    </>
  );
  return (
    <SetPassword title="Accept the invitation" outcome="You can sign in with it now." renewal={renewal}>
      <p>Welcome to {settings.brand.name}. Choose a password for your new account.</p>
    </SetPassword>
  );
}
