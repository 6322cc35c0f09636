import { useSearch } from '@tanstack/react-router';
import { PageTitle } from '../../kit/page-title.js';
import { useViewer } from '../../kit/viewer.js';
import { Card } from '../../ui/layout.js';
import { ActiveFilters } from './active-filters.js';
import { Events } from './events.js';
import { FilterForm } from './filter-form.js';

export function AuditPage() {
  const { role } = useViewer();
  return (
    <>
      <PageTitle>Audit log</PageTitle>
      {role === 'ADMIN' ? (
        <AuditLog />
      ) : (
        <p>The audit log is for admins. Ask an admin for what you need to know.</p>
      )}
    </>
  );
}

function AuditLog() {
  const search = useSearch({ from: '/console/audit' });
  const { page: _, ...filter } = search;
  return (
    <>
      <Card title="Filter">
        <FilterForm key={JSON.stringify(filter)} search={search} />
      </Card>
      <ActiveFilters search={search} />
      <Events search={search} />
    </>
  );
}
