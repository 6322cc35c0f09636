import { useState } from 'react';
import { AuthError, type AuthErrorCode } from '../../client/index.js';
import { client } from '../kit/client.js';
import { formError } from '../kit/form-errors.js';
import { localPartOf, NewPassword, newPasswordOf } from '../kit/new-password.js';
import { Screen } from '../kit/screen.js';
import { textOf, useSubmit } from '../kit/use-submit.js';
import { Field } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { CheckMail } from './check-mail.js';
import { RegisterDocument } from './generated/operations.js';
import { linkTo } from './go-on.js';

const FIELDS = ['username', 'email', 'displayName', 'password', 'confirmPassword'];
/** The errors that belong to a field. */
const FIELD_OF: Partial<Record<AuthErrorCode, string>> = { USERNAME_TAKEN: 'username', EMAIL_TAKEN: 'email' };

export default function RegisterPage() {
  const [registered, setRegistered] = useState<string>();
  const [username, setUsername] = useState('');
  const [email, setEmail] = useState('');
  const owner = { username, localPart: localPartOf(email) };
  const submission = useSubmit(async (data) => {
    const passwords = await newPasswordOf(data, 'password', owner);
    const displayName = textOf(data, 'displayName').trim() || null;
    const input = { username: username.trim(), email, displayName, ...passwords };
    const { register } = await client.request(RegisterDocument, { input }).catch((error) => {
      const field = error instanceof AuthError ? FIELD_OF[error.code] : undefined;
      throw field === undefined ? error : formError(error.message, field);
    });
    if (register.verificationRequired) setRegistered(email.trim());
    else location.assign(linkTo('/sign-in'));
  }, FIELDS);

  if (registered !== undefined) return <CheckMail email={registered} />;
  return (
    <Screen title="Create an account">
      <p>
        You have one already? <a href={linkTo('/sign-in')}>Sign in</a>
      </p>
      <Form isWide action="Create account" submission={submission}>
        <Field
          label="Username"
          name="username"
          isRequired
          autoFocus
          autoComplete="username"
          spellCheck="false"
          value={username}
          onChange={setUsername}
          hint="3 to 32 letters, digits, “_”, “-” or “.”"
        />
        <Field
          label="Email address"
          name="email"
          type="email"
          isRequired
          autoComplete="email"
          value={email}
          onChange={setEmail}
        />
        <Field
          label="Display name (optional)"
          name="displayName"
          autoComplete="name"
          hint="The name that other people see."
        />
        <NewPassword name="password" label="Password" owner={owner} />
      </Form>
    </Screen>
  );
}
