import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { PageTitle } from '../../kit/page-title.js';
import { useOperation } from '../../kit/query.js';
import { useViewer } from '../../kit/viewer.js';
import { Notice } from '../../ui/notice.js';
import { PersonDocument } from '../generated/operations.js';
import { Loaded } from './loaded.js';
import { PersonDetails } from './person-details.js';
import { nameOf } from './person-state.js';

const route = getRouteApi('/console/people/$id');

export function PersonPage() {
  const { id } = route.useParams();
  // With the key, nothing of one person is shown while another loads.
  return <PersonById key={id} id={id} />;
}

function PersonById({ id }: { readonly id: string }) {
  const viewer = useViewer();
  const person = useOperation(PersonDocument, { id });
  const user = person.data?.user;
  const [outcomes, setOutcomes] = useState<readonly string[]>([]);
  return (
    <>
      <p>
        <Link to="/console/people">All people</Link>
      </p>
      <PageTitle>{user == null ? 'Person' : nameOf(user)}</PageTitle>
      <Outcome key={outcomes.length} words={outcomes.at(-1)} />
      <Loaded query={person}>
        {({ user }) =>
          user === null ? (
            <p>Nobody has this id. The account may have been removed, or the link is wrong.</p>
          ) : (
            <PersonDetails
              person={user}
              viewer={viewer}
              onDone={(outcome) => setOutcomes([...outcomes, outcome])}
            />
          )
        }
      </Loaded>
    </>
  );
}

/** What the last operation did. Takes the focus, because the button of the operation may be gone. */
function Outcome({ words }: { readonly words: string | undefined }) {
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => notice.current?.focus(), []);
  if (words === undefined) return null;
  return (
    <div ref={notice} tabIndex={-1}>
      <Notice kind="success">{words}</Notice>
    </div>
  );
}
