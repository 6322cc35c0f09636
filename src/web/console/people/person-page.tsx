import { PageTitle } from '../../kit/page-title.js';

export function PersonPage() {
  return <PageTitle>Person</PageTitle>;
}
