import { PROTOCOLS, testEnds } from './ends';

testEnds('2.x', [
  { collector: 'live', protocols: PROTOCOLS },
  { collector: 'closed', protocols: PROTOCOLS },
  { collector: 'hanging', protocols: PROTOCOLS },
]);
