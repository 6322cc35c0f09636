import { ViewerDocument } from './generated/operations.js';
import { useLoaded } from './query.js';

/** The signed-in user. Suspends. */
export function useViewer() {
  const { me } = useLoaded(ViewerDocument, {});
  if (me == null) throw new Error('nobody is signed in');
  return me;
}
