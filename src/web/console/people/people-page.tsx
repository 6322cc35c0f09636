import { PageTitle } from '../../kit/page-title.js';

export function PeoplePage() {
  return <PageTitle>People</PageTitle>;
}
