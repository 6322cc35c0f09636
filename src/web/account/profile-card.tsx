import { useState } from 'react';
import { besideField } from '../kit/form-errors.js';
import { reload } from '../kit/query.js';
import { request } from '../kit/request.js';
import { useSubmit } from '../kit/use-submit.js';
import { Field } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { Done } from './done.js';
import { UpdateProfileDocument } from './generated/operations.js';
import { useAccount } from './use-account.js';

export function ProfileCard() {
  const { username, displayName } = useAccount();
  // Only what the user has typed, so that the other field follows a change in another tab and does not undo it.
  const [draft, setDraft] = useState<{ username?: string; displayName?: string }>({});
  const [done, setDone] = useState<string>();
  const submission = useSubmit(async () => {
    setDone(undefined);
    await request(UpdateProfileDocument, { input: draft }).catch(besideField('USERNAME_TAKEN', 'username'));
    await reload();
    setDraft({});
    setDone('Your names are saved.');
  }, ['username', 'displayName']);
  return (
    <Form action="Save the names" label="Profile" submission={submission}>
      <Field
        label="Username"
        name="username"
        value={draft.username ?? username}
        onChange={(value) => setDraft({ ...draft, username: value })}
        isRequired
        autoComplete="username"
        hint="You sign in with it. 3 to 32 letters, digits, “_”, “-” or “.”."
      />
      <Field
        label="Display name"
        name="displayName"
        value={draft.displayName ?? displayName ?? ''}
        onChange={(value) => setDraft({ ...draft, displayName: value })}
        autoComplete="name"
        hint="Other people see it. You may leave it empty."
      />
      <Done>{done}</Done>
    </Form>
  );
}
