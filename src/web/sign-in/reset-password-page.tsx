import { LinkButton } from '../ui/link-button.js';
import { SetPassword } from './set-password.js';

export default function ResetPasswordPage() {
  const renewal = (
    <LinkButton isWide href="/forgot-password" kind="primary">
      Get a new link
    </LinkButton>
  );
  return (
    <SetPassword
      title="Choose a new password"
      outcome="You can sign in with it now. You were signed out on all devices."
      renewal={renewal}
    >
      <p>All devices that are signed in to your account will be signed out.</p>
    </SetPassword>
  );
}
