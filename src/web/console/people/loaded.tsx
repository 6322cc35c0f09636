import { PageFault } from '../../kit/page-fault.js';
import { Spinner } from '../../ui/spinner.js';

interface LoadedProps<T> {
  readonly query: {
    readonly data: T | undefined;
    readonly error: unknown;
    readonly isError: boolean;
    readonly refetch: () => Promise<unknown>;
  };
  readonly children: (data: T) => React.ReactNode;
}

/** A part of a page that needs the result of a query. If a newer result cannot be loaded, the old one stays. */
export function Loaded<T>({ query, children }: LoadedProps<T>) {
  const { data, error, isError, refetch } = query;
  return (
    <>
      {isError && <PageFault error={error} onRetry={() => void refetch()} />}
      {data === undefined && !isError && <Spinner />}
      {data !== undefined && children(data)}
    </>
  );
}
