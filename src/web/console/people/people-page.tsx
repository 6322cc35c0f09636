import { useViewer } from '../../kit/viewer.js';
import { OpenPerson } from './open-person.js';
import { PeopleList } from './people-list.js';

/** Only admins may list people. Staff open a person by id. */
export function PeoplePage() {
  const { role } = useViewer();
  return role === 'ADMIN' ? <PeopleList /> : <OpenPerson />;
}
