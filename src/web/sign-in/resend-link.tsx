import { useState } from 'react';
import { client } from '../kit/client.js';
import { textOf, useSubmit } from '../kit/use-submit.js';
import { Field } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { Notice } from '../ui/notice.js';
import { ResendVerificationEmailDocument } from './generated/operations.js';

interface ResendLinkProps {
  /** The address if it is known; otherwise the form asks for it. */
  readonly email?: string;
  readonly suggestion?: string;
}

/** Mails the link that verifies an address again. The answer is the same for all addresses. */
export function ResendLink({ email, suggestion }: ResendLinkProps) {
  const [sentTo, setSentTo] = useState<string>();
  const submission = useSubmit(
    async (data) => {
      setSentTo(undefined);
      const address = email ?? textOf(data, 'email').trim();
      await client.request(ResendVerificationEmailDocument, { email: address });
      setSentTo(address);
    },
    ['email'],
  );
  return (
    <Form
      isWide
      action={email === undefined ? 'Send a new link' : 'Send it again'}
      kind="secondary"
      submission={submission}
    >
      {sentTo !== undefined && (
        <Notice kind="success">
          If an account with {sentTo} is not verified yet, you get an email in a few minutes. Use the link in
          our newest email.
        </Notice>
      )}
      {email === undefined && (
        <Field
          label="Email address"
          name="email"
          type="email"
          isRequired
          autoComplete="email"
          defaultValue={suggestion ?? ''}
        />
      )}
    </Form>
  );
}
