import { wordMap, wordSet } from './word-list.js';

/** Units that name nothing else: canonical names by spelling, lower case. */
export const plainUnits = wordMap(
  `km=km kms=km kilometer=km kilometers=km kilometre=km kilometres=km mile=mile miles=mile meter=m meters=m metre=m metres=m
  centimeter=cm centimeters=cm centimetre=cm centimetres=cm cm=cm mm=mm millimeter=mm millimeters=mm millimetres=mm
  millimetre=mm inch=inch inches=inch feet=foot ft=foot yards=yard kg=kg kgs=kg kilo=kg kilos=kg kilogram=kg kilograms=kg
  gram=g grams=g milligram=mg milligrams=mg mg=mg microgram=mcg micrograms=mcg mcg=mcg lb=lb lbs=lb pound=lb pounds=lb
  ounce=oz ounces=oz oz=oz stone=stone ton=ton tons=ton tonne=tonne tonnes=tonne liter=l liters=l litre=l litres=l ml=ml
  milliliter=ml milliliters=ml millilitre=ml millilitres=ml gallon=gallon gallons=gallon pint=pint pints=pint quart=quart
  quarts=quart cup=cup cups=cup tablespoon=tbsp tablespoons=tbsp tbsp=tbsp teaspoon=tsp teaspoons=tsp tsp=tsp
  celsius=celsius centigrade=celsius fahrenheit=fahrenheit kelvin=kelvin kelvins=kelvin mph=mph kph=kmh kmh=kmh knots=knot
  dollar=usd dollars=usd usd=usd bucks=usd euro=eur euros=eur eur=eur gbp=gbp quid=gbp sterling=gbp yen=jpy jpy=jpy rupee=inr
  rupees=inr inr=inr yuan=cny rmb=cny cny=cny franc=chf francs=chf chf=chf peso=peso pesos=peso cad=cad aud=aud won=krw krw=krw
  cents=cent percent=% pct=% byte=byte bytes=byte bit=bit bits=bit kb=kb kilobyte=kb kilobytes=kb mb=mb megabyte=mb
  megabytes=mb gb=gb gigabyte=gb gigabytes=gb tb=tb terabyte=tb terabytes=tb pb=pb petabyte=pb petabytes=pb kib=kib mib=mib
  gib=gib tib=tib kilobit=kbit kilobits=kbit megabit=mbit megabits=mbit gigabit=gbit gigabits=gbit kbps=kbps mbps=mbps
  gbps=gbps hz=hz hertz=hz khz=khz kilohertz=khz mhz=mhz megahertz=mhz ghz=ghz gigahertz=ghz watt=w watts=w kilowatt=kw kilowatts=kw kw=kw
  kwh=kwh volt=volt volts=volt amp=amp amps=amp ampere=amp mah=mah joule=j joules=j calories=cal calorie=cal kcal=kcal
  kilojoules=kj kj=kj psi=psi pascal=pa pascals=pa kpa=kpa atm=atm acre=acre acres=acre hectare=hectare hectares=hectare
  radians=radian radian=radian nanometers=nm nanometer=nm millisecond=ms milliseconds=ms ms=ms microseconds=us
  nanoseconds=ns parsec=parsec parsecs=parsec lightyear=ly lightyears=ly
  hours=hour hour=hour hr=hour hrs=hour minutes=minute mins=minute min=minute seconds=second secs=second days=day weeks=week
  months=month years=year yrs=year decades=decade centuries=century`,
);

/** Units only directly behind a number, or behind "per", "a", "an", "in", "to". */
export const boundUnits = wordMap(
  `foot=foot yard=yard m=m g=g l=l c=celsius f=fahrenheit k=thousand w=w v=volt a=amp t=tonne bar=bar in=inch s=second
  h=hour d=day second=second minute=minute day=day week=week month=month year=year sec=second yr=year
  degree=degree degrees=degree deg=degree cent=cent century=century gs=g fluid=fluid square=square cubic=cubic`,
);

/** Signs that are units by themselves. */
export const signUnits: ReadonlyMap<string, string> = new Map([
  ['$', 'usd'],
  ['€', 'eur'],
  ['£', 'gbp'],
  ['¥', 'jpy'],
  ['₹', 'inr'],
  ['₽', 'rub'],
  ['%', '%'],
  ['°', 'degree'],
]);

/** Units whose name is a common word: they count only with a number or in a rate. */
export const timeUnits = wordSet('second minute hour day week month year decade century');

/** Bytes and bits differ by case only. */
export const exactCaseUnits: ReadonlyMap<string, string> = new Map([
  ['Kb', 'kbit'],
  ['Mb', 'mbit'],
  ['Gb', 'gbit'],
  ['Tb', 'tbit'],
  ['MBps', 'mbyteps'],
  ['GBps', 'gbyteps'],
]);
