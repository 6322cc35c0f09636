import { Button } from '../ui/button.js';
import { Notice } from '../ui/notice.js';
import { wordsOf } from './errors.js';

/** In place of a page, or a part of one, that could not be loaded. */
export function PageFault({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  return (
    <Notice kind="danger">
      <p>{wordsOf(error)}</p>
      <Button size="small" onPress={onRetry}>
        Try again
      </Button>
    </Notice>
  );
}
