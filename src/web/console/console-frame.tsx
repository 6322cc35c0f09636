import { Link, Outlet } from '@tanstack/react-router';
import { Shell } from '../kit/shell.js';
import { useViewer } from '../kit/viewer.js';
import { Forbidden } from './forbidden.js';

/** The navigation. Links to what the role may not see are left out. */
export function ConsoleFrame() {
  const { role } = useViewer();
  if (role !== 'ADMIN' && role !== 'STAFF') return <Forbidden />;
  const isAdmin = role === 'ADMIN';
  return (
    <Shell
      links={
        <>
          {isAdmin && (
            <Link to="/console" activeOptions={{ exact: true, includeSearch: false }}>
              Overview
            </Link>
          )}
          <Link to="/console/people">People</Link>
          {isAdmin && <Link to="/console/invite">Invite</Link>}
          {isAdmin && <Link to="/console/audit">Audit log</Link>}
          <a href="/account">Your account</a>
        </>
      }
    >
      <Outlet />
    </Shell>
  );
}
