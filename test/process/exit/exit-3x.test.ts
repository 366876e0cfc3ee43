import { PROTOCOLS, testEnds } from './ends';

testEnds('3.x', [
  { collector: 'live', protocols: PROTOCOLS },
  { collector: 'closed', protocols: ['grpc'] },
  { collector: 'hanging', protocols: ['http/protobuf'] },
]);
