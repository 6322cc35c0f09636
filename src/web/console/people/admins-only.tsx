import { PageTitle } from '../../kit/page-title.js';

/** In place of a page that staff may not use. */
export function AdminsOnly() {
  return (
    <>
      <PageTitle>No access</PageTitle>
      <p>This page is for admins.</p>
    </>
  );
}
