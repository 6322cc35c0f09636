import { Button } from '../../ui/button.js';
import { Card, Row } from '../../ui/layout.js';

interface NobodyFoundProps {
  readonly isFiltered: boolean;
  readonly hasCursor: boolean;
  readonly onClear: () => void;
  readonly onFirstPage: () => void;
}

/** In place of a page without rows. */
export function NobodyFound({ isFiltered, hasCursor, onClear, onFirstPage }: NobodyFoundProps) {
  if (hasCursor) {
    return (
      <Card title="This page is empty">
        <p>The people of this page were changed or removed since the link was made.</p>
        <Row>
          <Button onPress={onFirstPage}>Go to the first page</Button>
        </Row>
      </Card>
    );
  }
  return (
    <Card title="Nobody found">
      <p>{isFiltered ? 'Nobody matches the search and all filters.' : 'There are no people yet.'}</p>
      {isFiltered && (
        <Row>
          <Button onPress={onClear}>Clear the filters</Button>
        </Row>
      )}
    </Card>
  );
}
