"""The tools that come with the product. Importing this registers them."""

from supportapp.tools.shipped.article_search import search_articles
from supportapp.tools.shipped.mortgage_rates import get_mortgage_rates
from supportapp.tools.shipped.order_status import get_order_status

__all__ = ["get_mortgage_rates", "get_order_status", "search_articles"]
