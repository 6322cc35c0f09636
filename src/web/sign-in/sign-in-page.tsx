import { useEffect } from 'react';
import { client, useAuthState } from '../kit/client.js';
import { returnTo } from '../kit/return-to.js';
import { Screen } from '../kit/screen.js';
import { textOf, useSubmit } from '../kit/use-submit.js';
import { Checkbox } from '../ui/checkbox.js';
import { Field } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { PasswordField } from '../ui/password-field.js';

export default function SignInPage() {
  const state = useAuthState();
  useEffect(() => {
    // Somebody who is signed in already does not need the form. If the gateway does not answer, the form says so.
    client.start().catch(() => {});
  }, []);
  useEffect(() => {
    if (state.status === 'signedIn') location.replace(returnTo());
  }, [state]);
  const submission = useSubmit((data) =>
    client.signIn({
      identifier: textOf(data, 'identifier'),
      password: textOf(data, 'password'),
      rememberMe: data.has('rememberMe'),
    }),
  );
  return (
    <Screen title="Sign in">
      <Form action="Sign in" submission={submission}>
        <Field
          label="Username or email address"
          name="identifier"
          isRequired
          autoFocus
          autoComplete="username"
        />
        <PasswordField label="Password" name="password" autoComplete="current-password" />
        <Checkbox name="rememberMe">Stay signed in</Checkbox>
      </Form>
    </Screen>
  );
}
