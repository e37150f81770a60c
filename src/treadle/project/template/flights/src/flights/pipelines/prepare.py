"""From the raw tables to features: clean, join, derive."""

import pandas as pd

from treadle import node


@node
def departures(flights: pd.DataFrame) -> pd.DataFrame:
    """Select the flights that left and arrived, with the hour at which they were due to leave."""
    arrived = flights.dropna(subset=["dep_delay", "arr_delay"])
    return arrived.assign(due=pd.to_datetime(arrived["time_hour"], utc=True))


@node
def with_weather(departures: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """Add the weather at the airport in the hour of departure."""
    hourly = weather.assign(due=pd.to_datetime(weather["time_hour"], utc=True))
    columns = ["origin", "due", "temp", "wind_speed", "precip", "visib", "pressure"]
    return departures.merge(hourly[columns], on=["origin", "due"], how="left")


@node
def with_places(
    with_weather: pd.DataFrame, planes: pd.DataFrame, airports: pd.DataFrame
) -> pd.DataFrame:
    """Add the age and size of the plane, and where the flight goes."""
    built = planes[["tailnum", "year", "seats"]].rename(columns={"year": "built"})
    places = airports[["faa", "lat", "lon", "alt"]].rename(columns={"faa": "dest"})
    return with_weather.merge(built, on="tailnum", how="left").merge(places, on="dest", how="left")


@node
def features(with_places: pd.DataFrame) -> pd.DataFrame:
    """Choose what is known when the flight leaves the gate, and what is to be predicted."""
    table = with_places
    return pd.DataFrame(
        {
            "dep_delay": table["dep_delay"],
            "hour": table["hour"],
            "weekday": table["due"].dt.day_of_week,
            "carrier": table["carrier"].astype("category").cat.codes,
            "origin": table["origin"].astype("category").cat.codes,
            "distance": table["distance"],
            "lat": table["lat"],
            "lon": table["lon"],
            "age": table["year"] - table["built"],
            "seats": table["seats"],
            "temp": table["temp"],
            "wind_speed": table["wind_speed"],
            "precip": table["precip"],
            "visib": table["visib"],
            "pressure": table["pressure"],
            "arr_delay": table["arr_delay"],
        }
    )
