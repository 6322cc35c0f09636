import { Field, ObjectType } from 'type-graphql';
import { Shareable } from './directives.js';

@Shareable()
@ObjectType({ description: 'The position of a page in its list (Relay cursor connections).' })
export class PageInfo {
  @Field(() => Boolean, { description: 'True if the list continues after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'True if the list has items before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      'The cursor of the first item of the page, for the argument before. Null if the page is empty.',
  })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The cursor of the last item of the page, for the argument after. Null if the page is empty.',
  })
  endCursor!: string | null;
}
