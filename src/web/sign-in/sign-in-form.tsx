import { useEffect, useState } from 'react';
import { client } from '../kit/client.js';
import { hasCode } from '../kit/errors.js';
import { reloadWhenBack } from '../kit/reload-when-back.js';
import { returnTo } from '../kit/return-to.js';
import { Screen } from '../kit/screen.js';
import { textOf, useSubmit } from '../kit/use-submit.js';
import { Checkbox } from '../ui/checkbox.js';
import { Field } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { Row } from '../ui/layout.js';
import { Notice } from '../ui/notice.js';
import { PasswordField } from '../ui/password-field.js';
import { linkTo, untilGone } from './go-on.js';
import { OtherWays } from './other-ways.js';
import { dataOf, type Way, wayIn } from './way.js';

interface SignInFormProps {
  /** Why the user has to sign in again. */
  readonly notice: string | undefined;
  /** Called with the identifier of an account whose address is not verified; empty after a passkey. */
  readonly onUnverified: (identifier: string) => void;
}

/** The ways to sign in. Messages are shown above the card, and providers at its end: the form does not move. */
export function SignInForm({ notice, onUnverified }: SignInFormProps) {
  const [password, setPassword] = useState('');
  const [rememberMe, setRememberMe] = useState(false);
  const [way, setWay] = useState<Way>('password');

  const enter = (chosen: Way, data: FormData) => {
    if (chosen === 'passkey') return client.signInWithPasskey({ rememberMe });
    if (chosen !== 'password') return client.signInWithProvider(chosen.provider, shortReturnTo());
    const [identifier, password] = [textOf(data, 'identifier'), textOf(data, 'password')];
    return client.signIn({ identifier, password, rememberMe });
  };
  const submission = useSubmit(
    async (data) => {
      const chosen = wayIn(data);
      setWay(chosen);
      try {
        await enter(chosen, data);
        await untilGone();
      } catch (error) {
        if (hasCode(error, 'INVALID_CREDENTIALS')) setPassword('');
        if (!hasCode(error, 'EMAIL_NOT_VERIFIED')) throw error;
        onUnverified(textOf(data, 'identifier'));
      }
    },
    ['identifier', 'password'],
  );
  const { error, fault, isPending } = submission;
  useEffect(() => {
    if (hasCode(error, 'INVALID_CREDENTIALS') && way === 'password') focusPassword();
  }, [error, way]);

  useEffect(reloadWhenBack, []);

  return (
    <Screen title="Sign in" notice={<Message fault={messageOf(error, way, fault)} notice={notice} />}>
      <p>
        New here? <a href={linkTo('/register')}>Create an account</a>
      </p>
      <Form
        isWide
        action="Sign in"
        submission={{ ...submission, fault: undefined, isPending: isPending && way === 'password' }}
      >
        <Field
          label="Username or email address"
          name="identifier"
          isRequired
          autoFocus
          autoComplete="username"
          spellCheck="false"
        />
        <PasswordField
          label="Password"
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
        <Row isSpread>
          <Checkbox isSelected={rememberMe} onChange={setRememberMe}>
            Stay signed in
          </Checkbox>
          <a href={linkTo('/forgot-password')}>Forgot your password?</a>
        </Row>
      </Form>
      <OtherWays
        pending={isPending ? way : undefined}
        onChoose={(chosen) => void submission.submit(dataOf(chosen))}
      />
    </Screen>
  );
}

/** With keys: a message that takes the place of another one is a new element, and does not seem to move. */
function Message({ fault, notice }: { fault: string | undefined; notice: string | undefined }) {
  if (fault !== undefined) {
    return (
      <Notice key="fault" kind="danger">
        {fault}
      </Notice>
    );
  }
  return notice === undefined ? null : <Notice key="notice">{notice}</Notice>;
}

function messageOf(error: unknown, way: Way, fault: string | undefined): string | undefined {
  if (hasCode(error, 'INVALID_CREDENTIALS') && way === 'password') {
    return 'The username, email address or password is wrong.';
  }
  if (hasCode(error, 'TOKEN_INVALID')) return 'That took too long. Try again.';
  if (hasCode(error, 'NOT_FOUND')) return 'This way to sign in is not offered any more. Choose another one.';
  return fault;
}

function focusPassword() {
  document.querySelector<HTMLInputElement>('input[name="password"]')?.focus();
}

/** The gateway keeps paths of up to 1,024 characters while the user is at the provider. */
function shortReturnTo(): string {
  const path = returnTo();
  return path.length > 1024 ? '/account' : path;
}
