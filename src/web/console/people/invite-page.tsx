import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { PageTitle } from '../../kit/page-title.js';
import { textOf, useSubmit } from '../../kit/use-submit.js';
import { useViewer } from '../../kit/viewer.js';
import { Button } from '../../ui/button.js';
import { Field } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { Card, Row } from '../../ui/layout.js';
import { Notice } from '../../ui/notice.js';
import { Select } from '../../ui/select.js';
import { CreateUserDocument, type CreateUserMutation, type Role } from '../generated/operations.js';
import { administerNames } from './administer.js';
import { AdminsOnly } from './admins-only.js';
import styles from './person.module.css';
import { ROLE_HINT, ROLES } from './person-state.js';

type Invited = CreateUserMutation['createUser'];

export function InvitePage() {
  const { role } = useViewer();
  const [invited, setInvited] = useState<Invited>();
  if (role !== 'ADMIN') return <AdminsOnly />;
  return (
    <div className={styles.narrow}>
      <PageTitle>Invite</PageTitle>
      {invited === undefined ? (
        <InviteForm onInvited={setInvited} />
      ) : (
        <InvitationSent invited={invited} onAnother={() => setInvited(undefined)} />
      )}
    </div>
  );
}

function InviteForm({ onInvited }: { readonly onInvited: (invited: Invited) => void }) {
  const submission = useSubmit(
    async (data) => {
      const input = {
        username: textOf(data, 'username'),
        email: textOf(data, 'email'),
        displayName: textOf(data, 'displayName') || null,
        role: textOf(data, 'role') as Role,
      };
      const { createUser } = await administerNames(CreateUserDocument, { input });
      onInvited(createUser);
    },
    ['username', 'email', 'displayName'],
  );
  return (
    <Card title="A new person">
      <p>The person gets a mail with a link to set a password. The link works for 72 hours.</p>
      <Form action="Send the invitation" submission={submission}>
        <Field
          label="Email address"
          name="email"
          type="email"
          isRequired
          autoFocus
          autoComplete="off"
          hint="The invitation goes to this address."
        />
        <Field
          label="Username"
          name="username"
          isRequired
          autoComplete="off"
          spellCheck="false"
          hint="3 to 32 letters, digits, “_”, “-” or “.”."
        />
        <Field
          label="Name"
          name="displayName"
          maxLength={100}
          autoComplete="off"
          hint="The name that other people see. It may be empty."
        />
        <Select
          label="Role"
          name="role"
          options={ROLES}
          hint={`${ROLE_HINT} To invite staff or an admin, you may have to confirm that it is you.`}
        />
      </Form>
    </Card>
  );
}

interface InvitationSentProps {
  readonly invited: Invited;
  readonly onAnother: () => void;
}

function InvitationSent({ invited: { id, username, email }, onAnother }: InvitationSentProps) {
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => notice.current?.focus(), []);
  return (
    <>
      <div ref={notice} tabIndex={-1}>
        <Notice kind="success" title="The invitation was mailed">
          <p>
            <Link to="/console/people/$id" params={{ id }}>
              {username}
            </Link>{' '}
            gets it at {email}.
          </p>
        </Notice>
      </div>
      <Row>
        <Button onPress={onAnother}>Invite another person</Button>
      </Row>
    </>
  );
}
