import { phraseList } from './phrase-pattern.js';
import { ownElsewhere, timeElsewhere } from './phrases-elsewhere.js';
import type { TtlRule } from './ttl-rule.js';

const minute = 60;
const hour = 3_600;
const day = 86_400;

/** What a person has with a service: even "how do I cancel my order" may be answered for this one order. */
const ownBusiness = phraseList(`
  my … order*, my … balance*, my … subscription*, my … invoice*, my … bill, my … bills, my … payment*, my … package*,
  my … parcel*, my … delivery, my … shipment*, my … cart, my … basket, my … booking*, my … reservation*, my … flight*,
  my … ticket*, my … appointment*, my … claim*, my … salary, my … payslip*, my … refund*, my … purchase*, my … points,
  my … transaction*, my … loan*, my … prescription*, my … diagnosis, my … test results, our … order*, our … invoice*,
  our … contract*, order number, tracking number, customer number`);

/** What a person asks about themselves. */
const ownself = phraseList(`
  what is my, what's my, what are my, where is my, where's my, where are my, when is my, when's my, who is my, show my,
  show me my, list my, check my, read my, summarize my, summarise my, find my, review my, is my … account, did i, have i,
  do i owe, am i, who am i, do i have, did we, have we, i ordered, i bought, i paid, i booked, remind me, near me, i live in, my location, my calendar,
  my schedule, my inbox, my meetings, my tasks, my contract, my profile, my history, my usage, my portfolio`);

const thisMinute = phraseList(`
  right now, at the moment, at this moment, what time is it, what's the time, current time, time now, live score*,
  live result*, breaking news, stock price*, share price*, exchange rate*, bitcoin price, price of bitcoin, crypto price*,
  ethereum price, price of ethereum, is … down, is … open now, traffic, in stock, sold out, availability`);

const daily = phraseList(`
  weather, forecast, temperature outside, news, headline*, score, scores, standings, today, today's, todays, tonight,
  tomorrow, tomorrow's, yesterday, yesterday's, this morning, this afternoon, this evening, this weekend, next weekend,
  this week, next week, last week, delayed, on tv, trending, what day is it, what date is it, what year is it`);

const changing = phraseList(`
  price, prices, pricing, how much does … cost, how much do … cost, how much is, how much are, cost of, interest rate*,
  inflation rate*, mortgage rate*, latest, newest, most recent, recent, recently, current, currently, now, nowadays,
  these days, so far, as of, up to date, up-to-date, this month, next month, last month, this quarter, next quarter,
  last quarter, this year, next year, last year, upcoming, release date, new version, deadline, opening hours,
  how old is, who is the president, who is the prime minister, who is the ceo, world record, ranking*`);

const knowledge = phraseList(`
  what is, what are, what's, what does, what do, what was, what were, who was, who wrote, who invented, who discovered,
  who painted, when was, when were, when did, where is, where was, why do, why does, why is, why are, why did, how do,
  how does, how did, how to, how many, how can, explain, define, definition of, meaning of, difference between, translate,
  convert, formula, history of, capital of, calculate, summarize, summarise, describe, compare, which`);

/**
 * The rules of a cache that has none of its own; the first that matches decides. What belongs to one person comes first,
 * then what changes by the minute: a fault here must err towards a new answer.
 */
export const defaultTtlRules: readonly TtlRule[] = [
  {
    name: 'own-business',
    class: 'user-specific',
    when: { phrases: ownBusiness },
    ttlSeconds: hour,
    partitionByUser: true,
  },
  { name: 'own-self', class: 'user-specific', when: { phrases: ownself }, ttlSeconds: hour, partitionByUser: true },
  {
    name: 'own-elsewhere',
    class: 'user-specific',
    when: { phrases: ownElsewhere },
    ttlSeconds: hour,
    partitionByUser: true,
  },
  { name: 'this-minute', class: 'time-sensitive', when: { phrases: thisMinute }, store: false },
  { name: 'daily', class: 'time-sensitive', when: { phrases: daily, dateWithinDays: 7 }, ttlSeconds: 10 * minute },
  { name: 'daily-elsewhere', class: 'time-sensitive', when: { phrases: timeElsewhere }, ttlSeconds: 10 * minute },
  {
    name: 'changing',
    class: 'time-sensitive',
    when: { phrases: changing, dateWithinDays: 60, yearFromNow: true },
    ttlSeconds: hour,
  },
  { name: 'knowledge', class: 'static', when: { phrases: knowledge }, ttlSeconds: 7 * day },
  { name: 'anything-else', class: 'general' },
];
