import { Navigate, useSearch } from '@tanstack/react-router';
import { PageTitle } from '../../kit/page-title.js';
import { useViewer } from '../../kit/viewer.js';
import { PeriodChoice } from './period-choice.js';
import { Statistics } from './statistics.js';
import { Totals } from './totals.js';

export function OverviewPage() {
  const { role } = useViewer();
  // Only admins may read the figures.
  return role === 'ADMIN' ? <Overview /> : <Navigate to="/console/people" replace />;
}

function Overview() {
  const search = useSearch({ from: '/console' });
  return (
    <>
      <PageTitle>Overview</PageTitle>
      <Totals />
      <PeriodChoice search={search} />
      <Statistics search={search} />
    </>
  );
}
