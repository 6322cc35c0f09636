import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'The result of a mutation that returns no data.' })
export class Acknowledgement {
  @Field(() => Boolean, { description: 'Always true: a mutation that fails answers with an error.' })
  success!: boolean;
}

export const acknowledged: Acknowledgement = { success: true };
