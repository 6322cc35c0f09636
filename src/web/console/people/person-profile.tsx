import { useState } from 'react';
import { textOf, useSubmit } from '../../kit/use-submit.js';
import { Field } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { Card } from '../../ui/layout.js';
import { UpdateUserDocument } from '../generated/operations.js';
import { administerNames } from './administer.js';
import type { Person } from './person-state.js';

const FIELDS = ['username', 'displayName', 'email'] as const;

interface PersonProfileProps {
  readonly person: Person;
  readonly onDone: (outcome: string) => void;
}

/** The names and the address, to edit. */
export function PersonProfile({ person, onDone }: PersonProfileProps) {
  // A saved form starts again with what the gateway made of the input.
  const [saves, setSaves] = useState(0);
  const save = (outcome: string) => {
    setSaves(saves + 1);
    onDone(outcome);
  };
  return (
    <Card title="Profile">
      <ProfileForm key={saves} person={person} onDone={save} />
    </Card>
  );
}

function ProfileForm({ person, onDone }: PersonProfileProps) {
  // While the admin types, the page may load the person again.
  const [before] = useState(person);
  const submission = useSubmit(async (data) => onDone(await saveProfile(before, data)), FIELDS);
  return (
    <Form action="Save" kind="secondary" submission={submission} label="Profile">
      <Field
        label="Username"
        name="username"
        defaultValue={before.username}
        isRequired
        autoComplete="off"
        spellCheck="false"
        hint="3 to 32 letters, digits, “_”, “-” or “.”. The person signs in with it: tell them."
      />
      <Field
        label="Name"
        name="displayName"
        defaultValue={before.displayName ?? ''}
        maxLength={100}
        autoComplete="off"
        hint="The name that other people see. It may be empty."
      />
      <Field
        label="Email address"
        name="email"
        type="email"
        defaultValue={before.email ?? ''}
        isRequired
        autoComplete="off"
        hint="A new address gets a link to verify it, and the old one a notice. Until the person opens the link, a sign-in can be refused."
      />
    </Form>
  );
}

/** Sends what was changed only: another admin may edit another field at the same time. */
async function saveProfile(before: Person, data: FormData): Promise<string> {
  const typed = FIELDS.map((field) => [field, textOf(data, field)] as const);
  const changed = typed.filter(([field, text]) => text !== (before[field] ?? ''));
  if (changed.length === 0) return 'Nothing was changed.';
  const { updateUser } = await administerNames(UpdateUserDocument, {
    id: before.id,
    input: Object.fromEntries(changed),
  });
  const isMailed = updateUser.email !== before.email && updateUser.emailVerified === false;
  return isMailed && before.isActive ? `Saved. A link was mailed to ${updateUser.email}.` : 'Saved.';
}
