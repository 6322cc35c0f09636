import { Card } from '../../ui/layout.js';
import { ExactTime } from '../../ui/time.js';
import styles from './person.module.css';
import { type Person, roleName, stateSentences } from './person-state.js';

/** What the account is and in which state. */
export function PersonFacts({ person }: { readonly person: Person }) {
  const { id, username, displayName, email, role, hasPassword, lastLoginAt, createdAt, updatedAt } = person;
  const facts: [term: string, fact: React.ReactNode][] = [
    ['Username', username],
    ['Name', <bdi key="name">{displayName ?? '–'}</bdi>],
    ['Address', email],
    ['Role', roleName(role)],
    ['Password', hasPassword ? 'Set' : 'None'],
    ['Last sign-in', lastLoginAt === null ? 'Never' : <ExactTime key="time" value={lastLoginAt} />],
    ['Created', createdAt !== null && <ExactTime key="time" value={createdAt} />],
    ['Changed', updatedAt !== null && <ExactTime key="time" value={updatedAt} />],
    ['Id', id],
  ];
  return (
    <Card title="State">
      <p>{stateSentences(person).join(' ')}</p>
      <dl className={styles.facts}>
        {facts.map(([term, fact]) => (
          <Fact key={term} term={term}>
            {fact}
          </Fact>
        ))}
      </dl>
    </Card>
  );
}

function Fact({ term, children }: { readonly term: string; readonly children: React.ReactNode }) {
  return (
    <>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </>
  );
}
