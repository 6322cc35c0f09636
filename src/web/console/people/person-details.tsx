import { useOperation } from '../../kit/query.js';
import type { useViewer } from '../../kit/viewer.js';
import { Card, Stack } from '../../ui/layout.js';
import { Notice } from '../../ui/notice.js';
import { PersonAccessDocument } from '../generated/operations.js';
import { Loaded } from './loaded.js';
import styles from './person.module.css';
import { Devices, Identities, Passkeys } from './person-access.js';
import { PersonActivity } from './person-activity.js';
import { PersonFacts } from './person-facts.js';
import { PersonOperations } from './person-operations.js';
import { PersonProfile } from './person-profile.js';
import type { Person } from './person-state.js';

interface PersonDetailsProps {
  readonly person: Person;
  readonly viewer: ReturnType<typeof useViewer>;
  readonly onDone: (outcome: string) => void;
}

/** Shows of a person what the role of the viewer may read and do. */
export function PersonDetails({ person, viewer, onDone }: PersonDetailsProps) {
  const isSelf = person.id === viewer.id;
  if (viewer.role !== 'ADMIN') {
    return (
      <div className={styles.columns}>
        <PersonFacts person={person} />
        {person.role === 'CUSTOMER' ? (
          <PersonProfile person={person} onDone={onDone} />
        ) : (
          <Card title="Profile">
            <p>Staff may edit customers only.</p>
            {isSelf && (
              <p>
                <a href="/account">Edit your own account</a>
              </p>
            )}
          </Card>
        )}
      </div>
    );
  }
  return <DetailsForAdmin person={person} isSelf={isSelf} onDone={onDone} />;
}

interface DetailsForAdminProps extends Pick<PersonDetailsProps, 'person' | 'onDone'> {
  readonly isSelf: boolean;
}

function DetailsForAdmin({ person, isSelf, onDone }: DetailsForAdminProps) {
  const access = useOperation(PersonAccessDocument, { id: person.id });
  const passkeys = access.data?.user?.passkeys ?? [];
  return (
    <>
      {isSelf && (
        <Notice kind="info" title="This is you">
          What you do here, you do to your own account. <a href="/account">Open your account</a>
        </Notice>
      )}
      <div className={styles.columns}>
        <Stack gap="loose">
          <PersonFacts person={person} />
          <PersonOperations
            person={person}
            isSelf={isSelf}
            hasPasskeys={passkeys.length > 0}
            onDone={onDone}
          />
        </Stack>
        <Stack gap="loose">
          <PersonProfile person={person} onDone={onDone} />
          <Loaded query={access}>
            {({ user }) => (
              <>
                <Devices sessions={user?.sessions ?? []} />
                <Passkeys passkeys={passkeys} />
                <Identities identities={user?.identities ?? []} />
              </>
            )}
          </Loaded>
        </Stack>
      </div>
      <PersonActivity id={person.id} />
    </>
  );
}
