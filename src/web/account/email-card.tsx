import { useState } from 'react';
import { reload } from '../kit/query.js';
import { request } from '../kit/request.js';
import { textOf, useSubmit } from '../kit/use-submit.js';
import { Button } from '../ui/button.js';
import { Field } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { Quiet } from '../ui/layout.js';
import { Notice } from '../ui/notice.js';
import { ChangeEmailDocument } from './generated/operations.js';
import { Reveal } from './reveal.js';
import { useAccount } from './use-account.js';

export function EmailCard() {
  const { email, emailVerified } = useAccount();
  const [mailedTo, setMailedTo] = useState<string>();
  return (
    <>
      <div>
        <p dir="auto">{email}</p>
        <Quiet>
          {emailVerified ? 'Verified' : 'Not verified yet: open the link in the mail that we sent.'}
        </Quiet>
      </div>
      {mailedTo !== undefined && mailedTo !== email && (
        <Notice kind="success">
          Open the link in the mail to <bdi>{mailedTo}</bdi>. Your address changes only then. We have told
          your current address, too.
        </Notice>
      )}
      <Reveal action="Change the address">
        {(close) => (
          <ChangeEmail
            onMailed={(address) => {
              setMailedTo(address);
              close();
            }}
            onCancel={close}
          />
        )}
      </Reveal>
    </>
  );
}

function ChangeEmail({ onMailed, onCancel }: { onMailed: (address: string) => void; onCancel: () => void }) {
  const submission = useSubmit(
    async (data) => {
      const newEmail = textOf(data, 'newEmail');
      await request(ChangeEmailDocument, { input: { newEmail } });
      await reload();
      onMailed(newEmail);
    },
    ['newEmail'],
  );
  return (
    <Form
      action="Mail the link"
      label="Change the email address"
      submission={submission}
      beside={
        <Button kind="quiet" onPress={onCancel}>
          Cancel
        </Button>
      }
    >
      <p>
        We mail a link to the new address and a notice to the current one. The address changes when you open
        the link.
      </p>
      <Field
        label="New email address"
        name="newEmail"
        type="email"
        isRequired
        autoFocus
        autoComplete="email"
      />
    </Form>
  );
}
