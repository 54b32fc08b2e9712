import ArgumentParser
print("ember")
