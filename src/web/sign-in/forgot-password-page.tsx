import { useState } from 'react';
import { client } from '../kit/client.js';
import { Screen } from '../kit/screen.js';
import { textOf, useSubmit } from '../kit/use-submit.js';
import { Field } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { RequestPasswordResetDocument } from './generated/operations.js';
import { linkTo } from './go-on.js';

export default function ForgotPasswordPage() {
  const [sentTo, setSentTo] = useState<string>();
  const submission = useSubmit(
    async (data) => {
      const email = textOf(data, 'email').trim();
      await client.request(RequestPasswordResetDocument, { email });
      setSentTo(email);
    },
    ['email'],
  );
  const back = (
    <p>
      <a href={linkTo('/sign-in')}>Back to sign in</a>
    </p>
  );
  if (sentTo !== undefined) {
    return (
      <Screen title="Check your email">
        <p>
          If an account has the address <strong>{sentTo}</strong>, we have sent it a link that sets a new
          password. It works for 30 minutes.
        </p>
        <p>No email? Look into your spam folder, or try another address that you may have used.</p>
        {back}
      </Screen>
    );
  }
  return (
    <Screen title="Forgot your password?">
      <p>We mail you a link that sets a new one.</p>
      <Form isWide action="Send the link" submission={submission}>
        <Field label="Email address" name="email" type="email" isRequired autoFocus autoComplete="email" />
      </Form>
      {back}
    </Screen>
  );
}
